"""A substation as a Gymnasium environment: `aios/Substation-v0`, registered by importing this.

Needs the extra `gym`. `gymnasium.make("aios.environment:aios/Substation-v0")` imports it too.
"""

from aios.environment.extra import extra
from aios.environment.reward import Reward, cost

with extra():
    import gymnasium

from aios.environment.substation import NAME, Substation

__all__ = ["NAME", "Reward", "Substation", "cost"]

if NAME not in gymnasium.registry:
    gymnasium.register(id=NAME, entry_point="aios.environment.substation:Substation")
