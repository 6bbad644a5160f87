"""Cartridges as other tools write them, made by hand: any version, any encoding, any fault."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

CP = {
    "1.0": "http://www.imsglobal.org/xsd/imscc/imscp_v1p1",
    "1.1": "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1",
    "1.2": "http://www.imsglobal.org/xsd/imsccv1p2/imscp_v1p1",
    "1.3": "http://www.imsglobal.org/xsd/imsccv1p3/imscp_v1p1",
}


def manifest(resources: str, items: str = "", *, version: str = "1.1", schema: str = "IMS Common Cartridge") -> str:
    """A manifest of a course called Biology; `items` are those below the root."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="man1" xmlns="{CP[version]}" xmlns:lom="urn:lom"><metadata><schema>{schema}</schema>
<schemaversion>{version}.0</schemaversion><lom:lom><lom:general><lom:title><lom:string>Biology</lom:string></lom:title>
</lom:general></lom:lom></metadata><organizations><organization identifier="org" structure="rooted-hierarchy">
<item identifier="root">{items}</item></organization></organizations><resources>{resources}</resources></manifest>"""


def item(identifier: str, title: str, reference: str | None = None, inside: str = "") -> str:
    """An `<item>`."""
    points = f' identifierref="{reference}"' if reference else ""
    return f'<item identifier="{identifier}"{points}><title>{title}</title>{inside}</item>'


def resource(identifier: str, kind: str, *files: str, href: str = "", inside: str = "") -> str:
    """A `<resource>` that lists its files."""
    place = f' href="{href}"' if href else ""
    listed = "".join(f'<file href="{file}"/>' for file in files)
    return f'<resource identifier="{identifier}" type="{kind}"{place}>{inside}{listed}</resource>'


def web_link(url: str, title: str = "A link", version: str = "1p1") -> str:
    return (
        f'<webLink xmlns="http://www.imsglobal.org/xsd/imsccv{version}/imswl_v{version}"><title>{title}</title>'
        f'<url href="{url}" target="_blank"/></webLink>'
    )


def topic(
    title: str, text: str, attachments: Sequence[str] = (), version: str = "1p1", texttype: str = "text/html"
) -> str:
    attached = "".join(f'<attachment href="{href}"/>' for href in attachments)
    return (
        f'<topic xmlns="http://www.imsglobal.org/xsd/imsccv{version}/imsdt_v{version}"><title>{title}</title>'
        f'<text texttype="{texttype}">{text}</text><attachments>{attached}</attachments></topic>'
    )


def tool_link(title: str, url: str, custom: Mapping[str, str], namespace: str = "imslticc_v1p0") -> str:
    """An LTI link with its custom fields."""
    fields = "".join(f'<lticm:property name="{name}">{value}</lticm:property>' for name, value in custom.items())
    xsd = "http://www.imsglobal.org/xsd/"
    return (
        f'<cartridge_basiclti_link xmlns="{xsd}{namespace}" xmlns:blti="{xsd}imsbasiclti_v1p0" '
        f'xmlns:lticm="{xsd}imslticm_v1p0" xmlns:lticp="{xsd}imslticp_v1p0"><blti:title>{title}</blti:title>'
        f"<blti:custom>{fields}</blti:custom><blti:secure_launch_url>{url}</blti:secure_launch_url><blti:vendor>"
        "<lticp:code>acme</lticp:code><lticp:name>Acme</lticp:name></blti:vendor></cartridge_basiclti_link>"
    )


def quiz(title: str, questions: int = 1) -> str:
    """A quiz of true/false questions in the form of Common Cartridge."""
    items = "".join(
        f'<item ident="{title}{n}"><itemmetadata><qtimetadata><qtimetadatafield><fieldlabel>cc_profile</fieldlabel>'
        f"<fieldentry>cc.true_false.v0p1</fieldentry></qtimetadatafield></qtimetadata></itemmetadata><presentation>"
        f'<material><mattext texttype="text/html">Question {n}</mattext></material><response_lid ident="r" '
        f'rcardinality="Single"><render_choice><response_label ident="t"><material><mattext>True</mattext></material>'
        f'</response_label><response_label ident="f"><material><mattext>False</mattext></material></response_label>'
        f"</render_choice></response_lid></presentation><resprocessing><outcomes><decvar varname='SCORE'/></outcomes>"
        f'<respcondition continue="No"><conditionvar><varequal respident="r">t</varequal></conditionvar>'
        f'<setvar varname="SCORE" action="Set">100</setvar></respcondition></resprocessing></item>'
        for n in range(1, questions + 1)
    )
    return (
        '<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2">'
        f'<assessment ident="{title}" title="{title}"><section ident="s">{items}</section></assessment></questestinterop>'
    )


def zipped(members: Mapping[str, str | bytes], path: Path) -> Path:
    """The members as a zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return path


def unflagged(members: Mapping[bytes, bytes], path: Path) -> Path:
    """Members with names as bytes, which no flag says to be UTF-8: as old tools write them."""
    held = io.BytesIO()
    names = {f"{number:04}".ljust(len(name), "x"): name for number, name in enumerate(members)}
    with zipfile.ZipFile(held, "w") as archive:
        for plain, name in names.items():
            archive.writestr(plain, members[name])
    data = held.getvalue()
    for plain, name in names.items():
        data = data.replace(struct.pack(f"{len(name)}s", plain.encode()), name)
    path.write_bytes(data)
    return path
