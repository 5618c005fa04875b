"""The course's charts. Data comes in as a table of greetings, pictures go out as matplotlib Axes.

Like seaborn's functions they take the table first and all else by name, draw on ``ax`` if given one, and
never show anything themselves: ``show`` does. Nothing here talks to a cluster but ``topology``.
"""
