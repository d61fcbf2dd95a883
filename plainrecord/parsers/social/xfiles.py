"""Which file of an X archive is what: the name a script gives itself, and what is read from it. Data, and looking it up."""

from __future__ import annotations

import re

from plainrecord.intake.listing import Member
from plainrecord.parsers.social.download import SHELF, Aside, Route, plain
from plainrecord.parsers.social.xaccount import SHEETS
from plainrecord.parsers.social.xscript import variable

# Names without their hyphens; X has changed between singular and plural.
_SHEETS = {
    **{name: name for name in SHEETS},
    "directmessages": "messages",
    "directmessage": "messages",
    "directmessagesgroup": "groups",
    "directmessagegroup": "groups",
    "directmessageheaders": "headers",
    "directmessagegroupheaders": "headers",
    "directmessagesheaders": "headers",
    "audiovideocallsindm": "calls",
    "audiovideocallsindmrecipientsessions": "calls",
    "tweets": "tweets",
    "tweet": "tweets",
    "communitytweet": "tweets",
    "communitytweets": "tweets",
    "deletedtweets": "deleted",
    "deletedtweet": "deleted",
    "tweetheaders": "postheaders",
    "deletedtweetheaders": "postheaders",
    "notetweet": "longposts",
    "notetweets": "longposts",
    "deletednotetweet": "deletedlongposts",
    "like": "likes",
    "likes": "likes",
    "followers": "follower",
    "followings": "following",
    "nidevice": "nidevices",
}
_ADVERTS = Aside(
    "What advertisements the owner was shown and what was guessed about them; no record was taken from it."
)
_LISTS = Aside("Lists of accounts, moments and collections, without a date or an act of anybody; no record was taken.")
_SETTINGS = Aside("Settings and what the service keeps about the owner's device or age; no record was taken from it.")
_OWN = Aside("What the owner searched for, clicked, wrote to a machine or sent live; nothing anybody did to the owner.")
_SHOP = Aside("The owner's shop and business profile; no record was taken from it.")
_PAGES = Aside(
    "The page that shows the archive in a browser, and its parts; what it shows is read from the data files."
)
_PICTURES = Aside("Pictures and films of a part of the archive no record is taken from.")
_TWIN = Aside("The same posts as in the monthly files, as a table; they were read there.")
_INDEX = Aside("A list of the files of the archive; no record stands in it.")
_ASIDE = (
    (re.compile("ad(?!dress)|personalization|branchlinks"), _ADVERTS),
    (re.compile("lists?(?:created|member|subscribed)|moment|sharedlist"), _LISTS),
    (re.compile("ageinfo|app$|replyprompt|tweetdeck|expanded|twittercircle|userlists?|subscription"), _SETTINGS),
    (re.compile("savedsearch|userlinkclicks|spaces|periscope|grok|article|communitynote|birdwatch|convers"), _OWN),
    (re.compile("shop|product|catalog|professional|commerce"), _SHOP),
    (re.compile("tweetindex|payloaddetails"), _INDEX),
)
_MEDIA = re.compile(
    r"(?:^|/)(?:direct_messages?(?:_group)?|(?:deleted_|community_)?tweets?|note_tweets?|profile)_media/"
)
_OTHER_MEDIA = re.compile(r"(?:^|/)(?:data/)?[a-z_]+_media/")
_PAGE = re.compile(r"(?:^|/)(?:yourarchive\.html|index\.html|readme\.txt)\Z|(?:^|/)assets/")
_MONTH = re.compile(r"(?:^|/)data/js/tweets/[0-9]{4}_[0-9]{2}\.js\Z")
GRAILBIRD = b"Grailbird.data."
DETAILS = re.compile(rb"\s*var\s+(\w{1,40})\s*=")


def route(path: str, member: Member) -> Route:
    """What is done with one file, decided by what it says it is, and by its name where it says nothing."""
    head = member.head
    if path.endswith(".js"):
        return _script(path, head)
    if _MEDIA.search(path):
        return SHELF
    if is_table(head):
        return "table"
    if _PAGE.search(plain(path)):
        return _PAGES
    return _PICTURES if _OTHER_MEDIA.search(path) else None


def _script(path: str, head: bytes) -> Route:
    if b"window.__THAR_CONFIG" in head[:64]:
        return "manifest"
    if head.lstrip().startswith(GRAILBIRD) or _MONTH.search(path):
        return "tweets"
    named = DETAILS.match(head)
    if named and named[1] in (b"user_details", b"payload_details", b"tweet_index"):
        return "details" if named[1] == b"user_details" else _INDEX
    name = variable(head)
    if name is None:
        return _PAGES if _PAGE.search(plain(path)) else None
    if name in _SHEETS:
        return _SHEETS[name]
    return next((aside for form, aside in _ASIDE if form.match(name)), None)


def is_script(member: Member) -> bool:
    """Whether a file is one of an archive's scripts."""
    head = member.head[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    return head.startswith((b"window.YTD.", b"window.__THAR_CONFIG", GRAILBIRD))


def is_table(head: bytes) -> bool:
    """Whether a file is the table of posts that archives had before 2018."""
    first = head[:1024].removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0]
    return first.startswith((b'"tweet_id"', b"tweet_id,")) and b"in_reply_to_user_id" in first


def kind_without_table(routes: dict[str, Route]) -> None:
    """The old table of posts says what the monthly files say; it is read only where they are not there."""
    if "tweets" in routes.values():
        for path, found in routes.items():
            if found == "table":
                routes[path] = _TWIN


def root_of(folder: str) -> str:
    """Where an archive begins that has a script in this folder."""
    for inner in ("data/js/tweets", "data/js", "data"):
        if folder == inner or folder.endswith(f"/{inner}"):
            return folder[: -len(inner)].rstrip("/")
    return folder
