"""Blame within one trace: which step to look at first, and why.

`read_courses` reads traces as courses, `suspects` ranks the steps of one, `inquire` does both and
lays the nearest passing trace beside it.
"""

from solvent.pipelines.within.inquiry import inquire as inquire
from solvent.pipelines.within.inquiry import inquire_all as inquire_all
from solvent.pipelines.within.ranking import suspects as suspects
from solvent.pipelines.within.reading import read_courses as read_courses
