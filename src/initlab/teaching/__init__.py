"""What is made for learners and their courses; it uses what every user may use, nothing else.

masking, notebook -> exercises -> drop_ins -> repair -> lessons.
"""
