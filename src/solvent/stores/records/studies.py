"""Studies in SQL. See `solvent.ports.records.StudyStore`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import sqlalchemy as sa

from solvent.records.study import Study
from solvent.stores.records.tables import STUDIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solvent.stores.records.database import Database


class SqlStudies:
    """The newest study of each kind, in the database of the records."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put_studies(self, studies: Sequence[Study]) -> None:
        """Keep studies, each in place of the one of its project and kind."""
        with self._database.begin() as connection:
            for study in studies:
                same = (STUDIES.c.project == study.project) & (STUDIES.c.kind == study.kind)
                connection.execute(sa.delete(STUDIES).where(same))
                connection.execute(sa.insert(STUDIES).values(asdict(study)))

    def find_study(self, project: str, kind: str) -> Study | None:
        """Return the newest study of a kind; None when no audit made one."""
        wanted = sa.select(STUDIES).where(STUDIES.c.project == project, STUDIES.c.kind == kind)
        with self._database.begin() as connection:
            row = connection.execute(wanted).mappings().first()
        return Study(**row) if row else None
