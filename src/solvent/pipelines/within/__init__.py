"""Blame within one trace: which step to look at first, and why.

`read_courses` reads traces as courses, `suspects` ranks the steps of one, `nearest_passing` finds
the trace to lay beside it.
"""

from solvent.pipelines.within.ranking import suspects as suspects
from solvent.pipelines.within.reading import read_courses as read_courses
