"""A person is named by the handle people know, while an export is keyed by numbers: both ways count, and nobody else's come."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from test_cli_case import invoke, told

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
SAM, ALEX, ROBIN = "1111000011", "1807754760934142009", "1807754760934142011"


def items(made: dict[str, object]) -> list[dict[str, Any]]:
    path = Path(str(made["path"])) / "data/items/messages.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def script(folder: Path, name: str, part: str, value: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"window.YTD.{part}.part0 = {json.dumps(value)}", "utf-8")


def archive(folder: Path, mentions: list[tuple[str, str]], *, answered: bool = True) -> Path:
    """An X archive: Sam writes to Alex and to Robin; Alex answers, where `answered`."""
    script(folder / "data", "account.js", "account", [{"account": {"accountId": SAM, "username": "sam_field"}}])
    named = [{"id_str": one, "screen_name": handle, "name": handle.title()} for one, handle in mentions]
    tweet = {
        "id_str": "1807754760934129664",
        "created_at": "Mon Jul 01 12:34:56 +0000 2024",
        "full_text": "hello",
        "entities": {"user_mentions": named},
    }
    script(folder / "data", "tweets.js", "tweets", [{"tweet": tweet}])
    talks = []
    for other in (ALEX, ROBIN):
        pairs = [(SAM, other), (other, SAM)] if answered else [(SAM, other)]
        talks.append(
            {
                "dmConversation": {
                    "conversationId": f"{SAM}-{other}",
                    "messages": [
                        {
                            "messageCreate": {
                                "id": f"18077547609{number}{other[-2:]}",
                                "senderId": sender,
                                "recipientId": to,
                                "text": f"from {sender}",
                                "createdAt": f"2024-07-01T12:3{number}:56.123Z",
                            }
                        }
                        for number, (sender, to) in enumerate(pairs)
                    ],
                }
            }
        )
    script(folder / "data", "direct-messages.js", "direct_messages", talks)
    return folder


def sides(lines: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(line["direction"], line["text"]) for line in lines if line["kind"] == "message"}


@pytest.mark.parametrize("who", ["@alex_mere", ALEX])
def test_messages_of_x_to_and_from_a_handle_have_their_direction(who: str, tmp_path: Path) -> None:
    folder = archive(tmp_path / "x", [(ALEX, "alex_mere")])
    found = items(told("bundle", folder, "--sender", who, "--out", tmp_path / "out"))
    assert sides(found) == {("owner_to_subject", f"from {SAM}"), ("subject_to_owner", f"from {ALEX}")}
    # The second name is nobody more in the conversation.
    assert {line["conversation"]["participant_count"] for line in found if line["kind"] == "message"} == {2}


def test_one_who_never_answered_is_found_by_handle_all_the_same(tmp_path: Path) -> None:
    folder = archive(tmp_path / "x", [(ALEX, "alex_mere")], answered=False)
    found = items(told("bundle", folder, "--sender", "@alex_mere", "--out", tmp_path / "out"))
    assert sides(found) == {("owner_to_subject", f"from {SAM}")}
    assert {line["matched"] for line in found if line["kind"] == "message"} == {"recipient:exact"}


def test_a_handle_that_two_accounts_of_x_bore_names_neither(tmp_path: Path) -> None:
    folder = archive(tmp_path / "x", [(ALEX, "alex_mere"), (ROBIN, "Alex_Mere")])
    invoke("bundle", folder, "--sender", "@alex_mere", "--out", tmp_path / "out", code=2)
    found = items(told("bundle", folder, "--sender", ALEX, "--out", tmp_path / "by-number"))
    assert sides(found) == {("owner_to_subject", f"from {SAM}"), ("subject_to_owner", f"from {ALEX}")}


def test_what_the_owner_wrote_on_discord_to_a_handle_is_to_the_subject(tmp_path: Path) -> None:
    folder = FIXTURES / "social-discord" / "package"
    found = items(told("bundle", folder, "--sender", "@alex_mere", "--out", tmp_path / "out", code=5))
    own = [line for line in found if line["kind"] == "message" and not line["conversation"]["is_group"]]
    assert own and {line["direction"] for line in own} == {"owner_to_subject"}


@pytest.mark.parametrize(
    ("title", "handle"), [("Direct Message with alex_mere#0", True), ("Direct Message with Alex", False)]
)
def test_a_name_that_anybody_may_choose_is_no_handle_of_discord(title: str, handle: bool, tmp_path: Path) -> None:
    folder = tmp_path / "package"
    talk = folder / "Messages" / "c1111111111111111101"
    talk.mkdir(parents=True)
    (folder / "Account").mkdir()
    user = {"id": "551705326387200001", "username": "sam.field", "discriminator": "0", "relationships": []}
    (folder / "Account" / "user.json").write_text(json.dumps(user))
    (folder / "Messages" / "index.json").write_text(json.dumps({"1111111111111111101": title}))
    people = ["551705326387200001", "707187634601984002"]
    (talk / "channel.json").write_text(json.dumps({"id": "1111111111111111101", "type": "DM", "recipients": people}))
    (talk / "messages.json").write_text(
        json.dumps(
            [{"ID": 1257313803436032000, "Timestamp": "2024-07-01 12:36:10", "Contents": "no", "Attachments": ""}]
        )
    )
    found = items(told("bundle", folder, "--sender", "707187634601984002", "--out", tmp_path / "out"))
    named = [one["value"] for line in found for one in line["also"] if one["role"] == "recipient"]
    assert named == (["alex_mere"] if handle else [])
    assert {one["name"] for line in found for one in line["recipients"]} == {"alex_mere" if handle else "Alex"}
