"""The causal check: give a step another output, run what follows, and see what it comes to."""

from solvent.pipelines.causal.trials import Application as Application
from solvent.pipelines.causal.trials import Check as Check
from solvent.pipelines.causal.trials import RanStep as RanStep
from solvent.pipelines.causal.trials import Rerun as Rerun
from solvent.pipelines.causal.trials import Substitute as Substitute
from solvent.pipelines.causal.trials import check as check
from solvent.pipelines.causal.trials import passed_through as passed_through
from solvent.pipelines.causal.trials import shown as shown
