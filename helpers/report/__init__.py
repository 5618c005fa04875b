"""The report: every notebook executed, every page written, one index that answers the question first.

Here belongs what turns notebooks into pages: a kernel to run them, the runner, the pages, the index.
What a notebook itself imports (connect, apply, plots) does not belong here, and nothing here knows how
the local cluster works: it is started and removed through ``helpers.lab.cluster`` alone.

Run it with ``python -m helpers.report``; ``make report`` does.
"""
