"""The course on paper and on a wall: handout, trainer's guide and slides, made from a run of the notebooks.

Here belongs what reads a notebook as a lesson (goals, predictions, questions, exercises) and what sets it in
type. The notebooks stay the only source: what is written here besides (minutes, answers, what to say when
something goes wrong) is in ``timings`` and ``room/``. Running notebooks and rendering cells is the report's.

Run it with ``python -m helpers.handout``; ``make handout`` and ``make slides`` do.
"""
