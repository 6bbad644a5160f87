"""The flavours of QTI 1.2 that Canvas writes, and the names they share."""

from __future__ import annotations

from enum import Enum

QTI = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
QTI_XSD = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2p1.xsd"
CC_XSD = "http://www.imsglobal.org/profile/cc/ccv1p1/ccv1p1_qtiasiv1p2p1_v1p0.xsd"


class Flavour(Enum):
    """What an item or an assessment is written for."""

    FULL = "full"  # a quiz with all that Canvas knows of it
    BANK = "bank"  # the same, in a question bank
    CC = "cc"  # the profile of Common Cartridge: five question types
    GENERIC = "generic"  # a quiz or a bank by the letter of the format
