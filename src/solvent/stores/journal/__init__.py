"""The journal: raw requests on disk before anything else is done with them."""

from solvent.stores.journal.frames import Frame
from solvent.stores.journal.log import Damage, Journal

__all__ = ["Damage", "Frame", "Journal"]
