"""An independent look at a finished package: the stored bytes, compared with the record of their writer.

Nothing here shares code with a writer: the zip's directory is read by Python's zipfile, members are inflated by another
library than the one that deflated them, the manifest goes through expat.
"""
