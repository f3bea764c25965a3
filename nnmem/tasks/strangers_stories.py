"""Stories and questions written by hand, in a stranger's words.

A block is a story, line by line, and its questions, each with the answer of a reader behind a bar; a dash says that the
story does not tell. ``STRANGERS`` were written before anything was trained, and read when more phrases were added;
``SECOND_STRANGERS`` after that, and nothing was trained anew for them. Both were read when forms of sentences were
added (``sentence_forms``).
"""

from __future__ import annotations

from typing import NamedTuple

STRANGERS = """
Mary went to the kitchen.
She took the milk.
She went to the garden.
Where is the milk? | garden
Where is Mary? | garden
Who has the milk? | Mary

Tom is in the library. Anna is in the park.
Tom walked to the cafe.
Where is Tom? | cafe
Where is Anna? | park
Where is Peter? | -

John picked up the key in the hallway.
John went to the garage.
John dropped the key.
John went to the bedroom.
Where is the key? | garage
Where is John? | bedroom
Who has the key? | nobody

Alice has a book.
Alice gave the book to Bob.
Bob went to school.
Where is the book? | school
Who has the book? | Bob
Where is Alice? | -

The cat is in the garden.
Lucy took the cat to the kitchen.
Where is the cat? | kitchen
Where is Lucy? | kitchen
Where is the dog? | -

Sandra moved to the office.
Daniel went back to the bathroom.
Sandra journeyed to the hallway.
Is Sandra in the office? | no
Is Daniel in the bathroom? | yes
Is Mary in the hallway? | -

Paul went to the shop and bought an apple.
He walked home.
Where is the apple? | home
Where is Paul? | home
What did Paul buy? | apple

Emma grabbed the phone.
Emma ran to the station.
Jack ran to the station.
Emma gave Jack the phone.
Jack went to the office.
Who has the phone? | Jack
Where is the phone? | office
Where was Jack before the office? | station

Kate is in the bedroom.
Sam has the umbrella.
Where is the umbrella? | -
Where is Sam? | -
Where is Kate? | bedroom

Li Ming went to the classroom.
Wang Fang went to the canteen.
Li Ming put the pen down.
Where is the pen? | classroom
Where is Wang Fang? | canteen
Who is in the classroom? | Li Ming

The teacher went to the laboratory.
The student went to the library.
The teacher took the camera.
Where is the camera? | laboratory
Where is the student? | library
Does the student have the camera? | no

Bill left the kitchen.
Bill travelled to the cinema.
Jeff stayed in the kitchen.
Where is Bill? | cinema
Where was Bill before the cinema? | kitchen
Where is Jeff? | kitchen

Mary took the ball. Mary took the hat. Mary dropped the ball.
How many things is Mary carrying? | one
Does Mary have the hat? | yes
Where is the ball? | -

Fred and Julie went to the park.
Julie went back to the bedroom.
Where is Fred? | park
Where is Julie? | bedroom
Where is Bill? | -

Peter went to the garden, picked up the football and went to the bathroom.
Where's the football? | bathroom
Where's Peter? | bathroom
Who's got the football? | Peter

My sister is in the attic.
My brother went to the cellar.
Where is my sister? | attic
Where is my brother? | cellar
Where is my mother? | -

John went to the kitchen. Mary went to the kitchen. John took the cake. Mary went to the garden.
Did Mary take the cake? | no
Where is the cake? | kitchen
Is Mary in the garden? | yes

Anna put the keys on the table in the hallway.
Anna went to work.
Where are the keys? | hallway
Where is Anna? | work
Who has the keys? | nobody

Sandra got the newspaper there.
Sandra went to the office.
Daniel went to the office.
Sandra handed the newspaper to Daniel.
Daniel journeyed to the bedroom.
Sandra went to the garden.
Where is the newspaper? | bedroom
Who has the newspaper? | Daniel
Where was Sandra before the garden? | office

It was raining. Lily was in the museum. She had the camera with her. Then she went to the street.
Where is the camera? | street
Where is Lily? | street
Was Lily in the museum? | yes
"""
SECOND_STRANGERS = """
Julie drove to the station.
Fred stayed in the kitchen.
Fred grabbed the umbrella and hurried to the station.
Fred gave Julie the umbrella.
Who has the umbrella now? | Julie
Where is Fred? | station
Where is the umbrella? | station
Has Fred got the umbrella? | no

Old Tom is in the cellar. He has the lamp.
Kate is upstairs.
Tom left the lamp there and came up to the hallway.
Where is the lamp? | cellar
Where is Tom? | hallway
Does Kate have the lamp? | no

The thief entered the museum at night.
He took the camera.
He ran into the park.
He dropped the camera there.
The policeman went to the park and picked up the camera.
Where is the camera? | park
Who has the camera? | policeman
Where was the thief before the park? | museum

Anna moved to the bedroom. Bob moved to the bathroom.
Bob went back to the garden. Anna journeyed to the hallway.
Is Bob in the garden? | yes
Is Anna in the bedroom? | no
Where is the football? | -

Grandmother baked a cake in the kitchen.
Wei has eaten it.
Where is Wei? | -
Where is Ming? | -
Is Ming in the kitchen? | -

Paul is carrying two bags.
Paul walked to the shop.
He left the shop.
Where is Paul? | -
Where was Paul before? | shop
Is Paul in the shop? | no

Sandra lost her key.
Daniel found the key in the garden.
Daniel is in the library now.
Where is the key? | library
Who has the key? | Daniel
Where is Sandra? | -

There is a letter in the office.
Emma went to the office, took the letter and returned to the school.
Where's the letter? | school
Who has got the letter? | Emma
Where was Emma before the school? | office

Jack has the ball.
Lucy took the ball from Jack.
Lucy went to the park, Jack went home.
Where is the ball? | park
Where is Jack? | home
Has Jack got the ball? | no

Bill and Mary are at the cinema.
Mary put her coat down and went to the shop.
Where is Bill? | cinema
Where is the coat? | cinema
Where is Mary? | shop
Is Daniel at the cinema? | -
"""


class Trial(NamedTuple):
    """A story with a question, as typed, and a reader's answer: None where the story does not tell."""

    story: str
    question: str
    answer: str | None


def strangers(text: str = STRANGERS) -> list[Trial]:
    """Return every question of ``STRANGERS``, or of the second ones."""
    found = []
    for block in text.strip().split("\n\n"):
        rows = [row.partition(" | ") for row in block.splitlines()]
        story = "\n".join(text for text, bar, _ in rows if not bar)
        found += [Trial(story, text, None if answer == "-" else answer) for text, bar, answer in rows if bar]
    return found
