"""Another reader of the stories to ask about, word by word, that knows nothing of how they were told."""

from nnmem.tasks.desk_phrases import PEOPLE, PLACES, THINGS, UNTOLD

ALONE, ROOMS = [name.lower() for name in PEOPLE], set(PLACES)


def reader(story):
    """Read a story sentence by sentence: places one after the other, who has what, where things lie."""
    went, has, lies = {}, {}, {}
    for words in story:
        people = [word for word in words if word in ALONE]
        things, rooms = ([word for word in words if word in group] for group in (THINGS, ROOMS))
        if things and rooms:
            lies[things[0]] = rooms[0]
        elif things and len(people) == 2:
            has[things[0]] = people[0] if "from" in words else people[1]
        elif things and {"dropped", "discarded", "down", "left"} & set(words):
            has[things[0]] = "nobody"
            lies[things[0]] = went.get(people[0], [None])[-1]
        elif things:
            has[things[0]] = people[0]
        else:
            away = {"left", "out", "longer"} & set(words)
            for person in people:
                went.setdefault(person, []).append(None if away else rooms[0])
                if away and went[person][-2:-1] == []:
                    went[person].insert(0, rooms[0])  # who leaves a place was there
    return went, has, lies


def answer(kind, story, question):
    went, has, lies = reader(story)
    person, thing, room = (next((w for w in question if w in group), None) for group in (ALONE, THINGS, ROOMS))
    trail = went.get(person, [None])
    if kind == "person":
        return trail[-1] or UNTOLD
    if kind == "thing":
        holder = has.get(thing, "nobody")
        return (lies.get(thing) if holder == "nobody" else went.get(holder, [None])[-1]) or UNTOLD
    if kind == "holder":
        return has.get(thing, UNTOLD)
    if kind == "has":
        return UNTOLD if thing not in has else "yes" if has[thing] == person else "no"
    if kind == "in":
        known = trail[-1] or (len(trail) > 1 and trail[-2] == room)
        return UNTOLD if not known else "yes" if trail[-1] == room else "no"
    places = [place for place in trail if place]
    at = len(places) - 1 - places[::-1].index(room) if room in places else 0
    return places[at - 1] if at else UNTOLD
