"""What is made for learners and their courses; it uses what every user may use, nothing else.

notebook, masking -> exercises -> drop_ins -> repair -> lessons.
"""
