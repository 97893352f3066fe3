"""The few sentences that notebooks and the command get from us, not from a lesson's source.

Those in a notebook are translated like the lessons' own.
"""

from initlab.teaching.lessons.labels import NUMBER_FORM, PERCENT

ANSWER_HERE = "Your answer here."
NO_FONT = (
    "The labels of the figures stay English: no font with Chinese characters is installed. "
    "Install one, such as Noto Sans CJK, and restart the kernel."
)
SENTENCES = (ANSWER_HERE, NO_FONT, NUMBER_FORM, PERCENT)

GRADING = """\
For nbgrader: put both files into COURSE/source/ASSIGNMENT/. Then add to COURSE/nbgrader_config.py:
  from initlab.teaching.lessons.grading import judge_apart
  judge_apart(get_config())
With these two lines, a submission that replaces the checks earns no points for wrong answers."""
