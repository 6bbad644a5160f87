"""The profiles of QTI 1.2 in which items are written, and their namespace."""

from __future__ import annotations

from enum import Enum

QTI = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
QTI_XSD = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2p1.xsd"
# Canvas names the schema of Common Cartridge in assessment_qti.xml, that of IMS in all other documents.
CC_XSD = "http://www.imsglobal.org/profile/cc/ccv1p1/ccv1p1_qtiasiv1p2p1_v1p0.xsd"


class QtiProfile(Enum):
    """Which fields and question types an item has."""

    FULL = "full"  # a quiz with everything that Canvas states
    BANK = "bank"  # the same, in a question bank
    CC = "cc"  # the profile of Common Cartridge: five question types
    GENERIC = "generic"  # a quiz or a bank by the letter of QTI 1.2
