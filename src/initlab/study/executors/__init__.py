"""Blocks of cells and their problem -> events, from threads, processes or a Dask cluster."""

from initlab.study.executors.run import PROCESSES as PROCESSES
from initlab.study.executors.run import THREADS as THREADS
from initlab.study.executors.run import Run as Run
from initlab.study.executors.run import check_executor as check_executor
from initlab.study.executors.run import is_cluster as is_cluster
