"""Fixtures of the domain's tests."""

import pytest

from tests.domain.scene import Scene, a_scene
from tests.scenario import Scenario


@pytest.fixture
def scene(scenario: Scenario) -> Scene:
    """An address book with something of everything in it."""
    return a_scene(scenario)
