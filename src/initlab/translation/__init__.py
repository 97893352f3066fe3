"""Texts in English -> the same in the reader's language, by gettext catalogues."""

from initlab.translation.catalogue import LANGUAGE_VARIABLE as LANGUAGE_VARIABLE
from initlab.translation.catalogue import LANGUAGES as LANGUAGES
from initlab.translation.catalogue import SOURCE_LANGUAGE as SOURCE_LANGUAGE
from initlab.translation.catalogue import catalogue_path as catalogue_path
from initlab.translation.catalogue import named_language as named_language
from initlab.translation.catalogue import new_catalogue as new_catalogue
from initlab.translation.catalogue import read_catalogue as read_catalogue
from initlab.translation.catalogue import translations as translations
from initlab.translation.upkeep import update as update
