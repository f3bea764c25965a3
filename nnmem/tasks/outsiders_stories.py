"""Stories and questions by somebody who had read nothing but ``docs/ask.md``, and had not seen an answer.

A block as in ``strangers_stories``. They were written last; forms of sentences that some of them ask for were added
after they had been read (``sentence_forms``).
"""

THIRD_STRANGERS = """
Mary went to the kitchen.
She grabbed the milk there.
Then she headed to the garden.
After that she put down the milk and walked to the office.
Where is the milk? | garden
Where was Mary before the office? | garden
Who has the milk? | -

John is in the bedroom.
Sandra travelled to the hallway.
John picked up the football.
John handed the football to Daniel.
Who has the football? | daniel
Does John have the football? | no
Where was Sandra before the hallway? | -

Alice went to the library.
Bob went to the park.
Alice took a book.
Bob took an apple.
Alice moved to the school.
Where is the book? | school
Where is the apple? | park
Where was Bob before the park? | -

Tom walked into the garage.
He grabbed the hammer.
He went to the cellar.
He left the hammer there.
Then he went to the attic.
After that Lucy headed to the cellar.
Where is the hammer? | cellar
Is Tom in the cellar? | no
Does Lucy have the hammer? | no

Emma journeyed to the bathroom.
Fred moved to the kitchen.
Emma went back to the hallway.
Fred travelled to the garden.
Where was Emma before the hallway? | bathroom
Is Fred in the garden? | yes
Where is the milk? | -

Daniel got the apple.
Daniel went to the office.
Daniel gave the apple to Mary.
Mary went to the bedroom.
Daniel travelled to the kitchen.
Where is the apple? | bedroom
Who has the apple? | mary
Where was Daniel before the office? | -

Sandra took the key.
John went to the garden.
Mary went to the office.
Where is the key? | -
Who has the key? | sandra
Where is Sandra? | -

Peter went home and took the umbrella.
Then he walked to the station.
Anna was in the station.
Peter gave Anna the umbrella.
Who has the umbrella? | anna
Where is Peter? | station
Does Peter have the umbrella? | no

Olga entered the museum.
Igor entered the church.
Olga picked up the lamp.
Igor picked up the coin.
Olga dropped the lamp.
Igor went to the tavern.
Olga went to the harbour.
Igor discarded the coin.
Igor went to the bridge.
Olga came to the tavern.
Where is the lamp? | museum
Where is the coin? | tavern
Where was Olga before the tavern? | harbour

Mary left the kitchen.
John went to the kitchen.
John grabbed the knife.
Where is Mary? | -
Where is the knife? | kitchen
Does Mary have the knife? | no

Julie went to the cinema.
Bill moved to the park.
After that Julie travelled to the school.
Then Bill went to the bedroom.
Julie went to the park.
Bill journeyed to the office.
Julie took the football.
Bill took the milk.
Julie headed to the kitchen.
Bill handed the milk to Fred.
Julie put down the football.
Julie went to the cinema.
Where is the football? | kitchen
Who has the milk? | fred
Where was Bill before the bedroom? | park

Zoe has the guitar.
Zoe is in the basement.
Max is in the attic.
Where is the guitar? | basement
Does Max have the guitar? | no
Where was Max before the attic? | -

Mary and John went to the garden.
Then they travelled to the office.
Sandra picked up the apple.
Where is John? | office
Where was Mary before the office? | garden
Where is the apple? | -

Hannah carried the suitcase to the airport.
Hannah put the suitcase down.
Hannah went to the hotel.
Karl went to the airport.
Karl grabbed the suitcase.
Karl ran to the hotel.
Where is the suitcase? | hotel
Who has the suitcase? | karl
Does Hannah have the suitcase? | no

Daniel went to the bathroom.
Sandra went to the bedroom.
Daniel got the milk.
Mary is in the hallway.
Where is John? | -
Who has the football? | -
Is Daniel in the bathroom? | yes

Bob received the letter from Alice.
Bob went to the post office.
Alice went to the bank.
Who has the letter? | bob
Where is the letter? | post office
Is Bob in the bank? | no

Nina gave the ball to Oscar.
Oscar passed the ball to Paul.
Paul handed it to Rita.
Rita went to the yard.
Who has the ball? | rita
Where is the ball? | yard
Where is Oscar? | -

Sandra went to the kitchen.
She took the apple and went to the garden.
There she met Daniel.
Daniel had the milk.
Where is the apple? | garden
Does Daniel have the apple? | no
Where was Sandra before the kitchen? | -

John went to the hallway.
He picked up the lantern.
Afterwards he went to the bathroom.
Mary travelled to the bathroom too.
John gave the lantern to her.
Then Mary went to the cellar.
Where is the lantern? | cellar
Where is John? | bathroom
Where was Mary before the bathroom? | -

Gwen was in the barn.
Gwen fetched the bucket.
Gwen returned to the farmhouse.
Ivan walked to the barn.
Ivan went to the stable.
Gwen set down the bucket.
Gwen went to the well.
Ivan walked to the farmhouse.
Ivan took the bucket.
Ivan hurried to the orchard.
Gwen returned to the barn.
Where is the bucket? | orchard
Where was Ivan before the farmhouse? | stable
Where is the saddle? | -

Mary dropped the apple.
Mary went to the garden.
John went to the kitchen.
Where is the apple? | -
Who has the apple? | -
Where is Mary? | garden

Leo moved to the office.
Leo snatched the laptop.
Leo left the office.
Mia came to the office.
Where is the laptop? | -
Is Leo in the office? | no
Who has the laptop? | leo

Sandra is in the garden.
Sandra has the football.
John is in the garden.
Daniel is in the bedroom.
Who has the milk? | -
Where was John before the garden? | -
Does Daniel have the milk? | -

Yusuf went to the market.
Priya went to the temple.
Yusuf took the mango.
Yusuf went to the temple.
Yusuf gave the mango to Priya.
Priya went to the river.
Yusuf went to the market.
Who has the melon? | -
Where was Priya before the river? | temple
Is Priya in the market? | no
"""
