"""Words that stand for the same in a sentence, words that are part of no name, and first names of women and men."""

from nnmem.tasks.plain_english import word_set

GROUPS = {
    "GO": "go goes went gone move moves moved journey journeys journeyed travel travels travelled walk walks walked "
    "run runs ran come comes came return returns returned hurry hurries hurried head heads headed drive "
    "drives drove driven rush rushes rushed stroll strolls strolled wander wanders wandered step stepped jog "
    "jogged proceed proceeded march marched dash dashed race raced fly flew ride rode cycle cycled sneak "
    "sneaked crept climb climbed swam",
    "REACH": "enter enters entered reach reaches reached visit visits visited",
    "EXIT": "leave leaves left exit exits exited",
    "BE": "is are was were am",
    "STAY": "stay stays stayed remain remains remained wait waits waited sit sits sat stand stands stood sleep sleeps "
    "slept sitting standing waiting sleeping staying working resting hiding lying",
    "TO": "to into inside in onto",
    "AT": "in at inside on",
    "BY": "in into at inside on onto under by near beside behind",
    "HOME": "home upstairs downstairs outside indoors outdoors",
    "TAKE": "take takes took taken get gets got grab grabs grabbed collect collects collected find finds found buy "
    "buys bought has have had fetch fetches fetched snatch snatches snatched steal steals stole stolen carry "
    "carries carried hold holds held catch catches caught seize seized acquire acquired obtain obtained  "
    "lift lifted receive receives received borrow borrows borrowed accept accepted",
    "KEEP": "keep keeps kept",
    "PICK": "pick picks picked",
    "BRING": "take takes took taken bring brings brought carry carries carried deliver delivers delivered move moves "
    "moved transport transported",
    "HOLDING": "carrying holding",
    "DROP": "drop drops dropped discard discards discarded release released abandon abandoned",
    "PUT": "put puts set sets lay lays laid place places placed drop drops dropped leave leaves left hide hides hid "
    "hidden forget forgets forgot store stored",
    "GIVE": "give gives gave given hand hands handed pass passes passed lend lends lent return returned sell sold",
    "GIVEN": "given handed passed returned lent sold",
    "SEE": "meet meets met see sees saw greet greeted greets like likes liked love loves loved thank thanked watch "
    "watched hug hugged smile smiled laugh laughed sang sing talk talks talked spoke speak chat chatted wave "
    "waved",
    "FEEL": "tired hungry thirsty happy sad bored cold sleepy busy angry ill sick late ready raining sunny tall old "
    "young nice kind clever smart lazy strong quiet asleep awake afraid big small heavy light red blue green "
    "white black new fresh warm hot empty full dirty clean",
    "SAYING": "can could do would will might should",
    "LIE": "lies lie lay",
    "ARRIVE": "arrive arrives arrived",
}
DOING = word_set(
    " ".join(
        GROUPS[name] for name in ("GO", "REACH", "EXIT", "STAY", "TAKE", "KEEP", "PICK", "BRING", "DROP", "PUT", "GIVE")
    )
    + " arrived departed"
)
OTHERS = (
    "here he she they it him her them himself herself the and not never no none nobody nothing everyone everybody all "
    "both each someone somebody anyone anybody everything something one's who whom whose which what where when "
    "why how if because while until before after since although though unless except or nor either neither than "
    "as like with without from of out off away up down there over through towards toward along around across "
    "against between about for only be been being does did done may shall must going used want wants wanted plan "
    "plans planned try tries tried hope hopes hoped decide decided need needs say says said think thinks thought "
    "know knows knew believe believes believed hear heard tell tells told claim claims claimed guess guesses "
    "guessed ask asks asked maybe perhaps probably almost nearly yesterday tomorrow earlier tonight once twice "
    "ago previously already yet longer care part time trouble love danger fact lost married better worse rid ever "
    "together backwards departed let throw throws threw feel feels felt became to by find whereabouts me"
)
RESERVED = (
    word_set(" ".join((*GROUPS.values(), OTHERS))) - word_set(GROUPS["FEEL"]) - word_set("place places head march race")
)
HEADS = word_set(  # nouns behind names: "kitchen table", "book shop"
    "table shed shop room house bottle box ring door bench gate stadium cupboard shelf desk bag yard court hall "
    "centre center station counter drawer path pot store case glass carton jug tree pie juice"
)
HOLDING_THINGS = word_set(  # places where things are put, and nobody goes
    "table fridge shelf box bag drawer cupboard basket desk bin pocket case counter floor ground chair sofa plate cup "
    "bowl oven sink closet backpack suitcase jar bucket tray"
)
WOMEN = word_set(
    "mary sandra anna lucy emma alice kate julie zoe hannah nina rita olga gwen mia priya lily ella eve sara "
    "sarah susan lisa linda laura jane jenny jessica julia karen katie kim lena maria marie martha molly nancy "
    "nora olivia paula rachel rosa rose ruth sally sophie sophia tina vera amy ann anne betty carol cathy "
    "charlotte chloe clara diana elena elizabeth ellen emily eva fiona grace helen ida irene iris isabel ivy joan "
    "mother mom mum sister aunt grandmother queen girl woman lady princess daughter wife"
)
MEN = word_set(
    "john daniel tom peter jack bob paul fred bill max leo igor karl oscar ivan yusuf sam jeff adam alan albert "
    "alex alfred andrew ben brian charles charlie chris colin dan dave david dennis eric frank gary george greg "
    "harry henry hugo ian james jim joe jonas joseph kevin larry luke marc marco mark martin michael mike nick "
    "noah oliver omar otto patrick philip ray richard rob robert roger ron ryan simon stefan stephen steve thomas "
    "tim toby tony victor walter will william father dad brother uncle grandfather king boy man prince son "
    "husband policeman"
)
