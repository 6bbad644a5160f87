"""Time zones by the names that Canvas gives them: those of IANA, or those of Ruby on Rails."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

UTC = ZoneInfo("UTC")

# Source: the names that Canvas's REST API gives as `time_zone` are those of ActiveSupport::TimeZone. A name that is the
# last part of the zone's own (`Berlin`) is in no table: see `_CITIES`.
_RAILS: Mapping[str, str] = {
    "International Date Line West": "Etc/GMT+12",
    "Midway Island": "Pacific/Midway",
    "American Samoa": "Pacific/Pago_Pago",
    "Hawaii": "Pacific/Honolulu",
    "Alaska": "America/Juneau",
    "Pacific Time (US & Canada)": "America/Los_Angeles",
    "Tijuana": "America/Tijuana",
    "Mountain Time (US & Canada)": "America/Denver",
    "Arizona": "America/Phoenix",
    "Chihuahua": "America/Chihuahua",
    "Mazatlan": "America/Mazatlan",
    "Central Time (US & Canada)": "America/Chicago",
    "Saskatchewan": "America/Regina",
    "Guadalajara": "America/Mexico_City",
    "Mexico City": "America/Mexico_City",
    "Monterrey": "America/Monterrey",
    "Central America": "America/Guatemala",
    "Eastern Time (US & Canada)": "America/New_York",
    "Indiana (East)": "America/Indiana/Indianapolis",
    "Bogota": "America/Bogota",
    "Lima": "America/Lima",
    "Quito": "America/Lima",
    "Atlantic Time (Canada)": "America/Halifax",
    "Caracas": "America/Caracas",
    "La Paz": "America/La_Paz",
    "Santiago": "America/Santiago",
    "Asuncion": "America/Asuncion",
    "Newfoundland": "America/St_Johns",
    "Brasilia": "America/Sao_Paulo",
    "Buenos Aires": "America/Argentina/Buenos_Aires",
    "Montevideo": "America/Montevideo",
    "Georgetown": "America/Guyana",
    "Puerto Rico": "America/Puerto_Rico",
    "Greenland": "America/Nuuk",
    "Mid-Atlantic": "Atlantic/South_Georgia",
    "Azores": "Atlantic/Azores",
    "Cape Verde Is.": "Atlantic/Cape_Verde",
    "Edinburgh": "Europe/London",
    "Bern": "Europe/Zurich",
    "Kyiv": "Europe/Kyiv",
    "St. Petersburg": "Europe/Moscow",
    "Volgograd": "Europe/Volgograd",
    "West Central Africa": "Africa/Algiers",
    "Pretoria": "Africa/Johannesburg",
    "Abu Dhabi": "Asia/Muscat",
    "Ekaterinburg": "Asia/Yekaterinburg",
    "Islamabad": "Asia/Karachi",
    "Chennai": "Asia/Kolkata",
    "Mumbai": "Asia/Kolkata",
    "New Delhi": "Asia/Kolkata",
    "Kathmandu": "Asia/Kathmandu",
    "Chongqing": "Asia/Shanghai",
    "Sri Jayawardenepura": "Asia/Colombo",
    "Astana": "Asia/Almaty",
    "Rangoon": "Asia/Yangon",
    "Hanoi": "Asia/Bangkok",
    "Beijing": "Asia/Shanghai",
    "Kuala Lumpur": "Asia/Kuala_Lumpur",
    "Hong Kong": "Asia/Hong_Kong",
    "Ulaanbaatar": "Asia/Ulaanbaatar",
    "Osaka": "Asia/Tokyo",
    "Sapporo": "Asia/Tokyo",
    "Canberra": "Australia/Sydney",
    "Port Moresby": "Pacific/Port_Moresby",
    "Solomon Is.": "Pacific/Guadalcanal",
    "New Caledonia": "Pacific/Noumea",
    "Marshall Is.": "Pacific/Majuro",
    "Wellington": "Pacific/Auckland",
    "Nuku'alofa": "Pacific/Tongatapu",
    "Tokelau Is.": "Pacific/Fakaofo",
    "Chatham Is.": "Pacific/Chatham",
    "Samoa": "Pacific/Apia",
}
# Rails names that are the city of a zone, by the continent that IANA files them under.
_CITIES: Mapping[str, str] = {
    "Europe": (
        "Amsterdam Athens Belgrade Berlin Bratislava Brussels Bucharest Budapest Copenhagen Dublin Helsinki Istanbul"
        " Kaliningrad Lisbon Ljubljana London Madrid Minsk Moscow Paris Prague Riga Rome Samara Sarajevo Skopje Sofia"
        " Stockholm Tallinn Vienna Vilnius Warsaw Zagreb Zurich"
    ),
    "Africa": "Cairo Casablanca Harare Johannesburg Monrovia Nairobi",
    "Asia": (
        "Almaty Baghdad Baku Bangkok Dhaka Irkutsk Jakarta Jerusalem Kabul Kamchatka Karachi Kolkata"
        " Krasnoyarsk Kuwait Magadan Muscat Novosibirsk Riyadh Seoul Shanghai Singapore Srednekolymsk Taipei Tashkent"
        " Tbilisi Tehran Tokyo Urumqi Vladivostok Yakutsk Yerevan"
    ),
    "Australia": "Adelaide Brisbane Darwin Hobart Melbourne Perth Sydney",
    "Pacific": "Auckland Fiji Guam",
}
_NAMES = {**_RAILS, **{city: f"{place}/{city}" for place, cities in _CITIES.items() for city in cities.split()}}


def zone_of(name: str | None) -> ZoneInfo:
    """The zone of a user; UTC for a user without one, and for a name that neither IANA nor Rails has."""
    try:
        return ZoneInfo(_NAMES.get(name or "", name or "UTC"))
    except (ZoneInfoNotFoundError, ValueError, OSError):  # ValueError: not a name; OSError: a folder of names
        return UTC
