"""Study record -> figures, tables and a page that shows which init is best, and why."""

from initlab.report.backend import pyplot as pyplot
from initlab.report.boundaries import boundary_figure as boundary_figure
from initlab.report.chosen import median_cell as median_cell
from initlab.report.confusion import confusion_counts as confusion_counts
from initlab.report.confusion import confusion_figure as confusion_figure
from initlab.report.curves import loss_figure as loss_figure
from initlab.report.destination import REPORT_FILES as REPORT_FILES
from initlab.report.destination import check_folder as check_folder
from initlab.report.destination import report_folder as report_folder
from initlab.report.destination import rescue as rescue
from initlab.report.destination import unfinished_folder as unfinished_folder
from initlab.report.fits import fit_figure as fit_figure
from initlab.report.folder import write_report as write_report
from initlab.report.histogram import histogram as histogram
from initlab.report.image import save_figure as save_figure
from initlab.report.images import image_figure as image_figure
from initlab.report.page import render_page as render_page
from initlab.report.pictures import Picture as Picture
from initlab.report.pictures import pictures as pictures
from initlab.report.points import data_figure as data_figure
from initlab.report.replacement import recover_folder as recover_folder
from initlab.report.scores import score_figure as score_figure
from initlab.report.tables import write_tables as write_tables
from initlab.report.weights import weight_figure as weight_figure
