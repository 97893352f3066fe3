"""Course notebooks: their helper functions, under the courses' own names and conventions.

Columns are samples, W is (out, in), and NumPy's global generator is used, because the notebooks
do all three. Nothing else in the package does.
"""
