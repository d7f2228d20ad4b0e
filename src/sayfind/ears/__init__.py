"""The ears of a shop: who listens, in which language, and what becomes of several opinions.

``OwnEars`` is our acoustic model with the shop's words behind it, ``StreamingEars`` the same while
somebody speaks; ``JoinedEars`` is pocketsphinx and it together; ``BilingualEars`` lets the sound
decide who hears English and who Mandarin; ``LiveEars`` follow somebody who is still speaking.
"""

from sayfind.ears.bilingual import BilingualConfig, BilingualEars
from sayfind.ears.joined import JoinedEars, JoinedEarsConfig
from sayfind.ears.live import LiveConfig, LiveEars
from sayfind.ears.opening import hurried_ears, open_ears, open_english, open_mandarin
from sayfind.ears.own import OwnEars, OwnEarsConfig
from sayfind.ears.streaming import Listening, StreamingEars

__all__ = [
    "BilingualConfig",
    "BilingualEars",
    "JoinedEars",
    "JoinedEarsConfig",
    "Listening",
    "LiveConfig",
    "LiveEars",
    "OwnEars",
    "OwnEarsConfig",
    "StreamingEars",
    "hurried_ears",
    "open_ears",
    "open_english",
    "open_mandarin",
]
