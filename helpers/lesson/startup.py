"""Run by IPython at its start where PYTHONSTARTUP names this file, as ``make lab`` does.

With it a kernel that was restarted says which cell to run even before any cell has. Only a kernel imports the
helpers (Python at a terminal reads the variable too), and no name is left behind.
"""

if "get_ipython" in globals():
    __import__("helpers")
