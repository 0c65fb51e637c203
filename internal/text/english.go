package text

import "strings"

// englishBase writes an English word in one spelling, American, and as the base
// of an irregular form; what is regular is left to the stemmer.
func englishBase(word string) string {
	if base, ok := englishForms[word]; ok {
		return base
	}
	if !strings.Contains(word, "our") && !strings.Contains(word, "is") && !strings.Contains(word, "tre") && !strings.Contains(word, "lys") {
		return word
	}
	for _, u := range []string{"labour", "colour", "favour", "harbour", "honour", "neighbour", "behaviour", "rumour", "tumour", "vapour", "endeavour", "humour", "flavour", "armour"} {
		if rest, ok := strings.CutPrefix(word, u); ok {
			return u[:len(u)-2] + "r" + rest
		}
	}
	return apply(britishEndings, word)
}

var britishEndings = []rule{
	{"isation", "ization", 3}, {"isations", "izations", 3}, {"isational", "izational", 3},
	{"ise", "ize", 4}, {"ised", "ized", 4}, {"ises", "izes", 4}, {"ising", "izing", 4}, {"iser", "izer", 4}, {"isers", "izers", 4},
	{"lyse", "lyze", 2}, {"lysed", "lyzed", 2}, {"lysing", "lyzing", 2},
	{"tre", "ter", 2}, {"tres", "ters", 2}, {"tred", "tered", 3},
}

// englishForms are irregular forms with their base, and words that the stemmer
// would take for another: it makes organ of organization and import of
// important.
var englishForms = func() map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(`
fall fell fallen
buy bought
sell sold
rise rose risen
win won
build built
rebuild rebuilt
lead led
grow grew grown
hold held
pay paid
repay repaid
meet met
make made
say said
send sent
lose lost
spend spent
choose chose chosen
begin began begun
draw drew drawn
withdraw withdrew withdrawn
drive drove driven
strike struck
break broke broken
write wrote written
give gave given
take took taken
overtake overtook overtaken
undertake undertook undertaken
come came
become became
go went gone
get got
seek sought
think thought
bring brought
catch caught
teach taught
fight fought
keep kept
shoot shot
stand stood
understand understood
tell told
feel felt
deal dealt
lend lent
speak spoke spoken
steal stole stolen
swear swore sworn
throw threw thrown
fly flew flown
know knew known
show shown
hide hid hidden
forbid forbade forbidden
freeze froze frozen
sink sank sunk
sing sang sung
shrink shrank shrunk
swim swam swum
wear wore worn
tear tore torn
man men
woman women
child children
foot feet
tooth teeth
mouse mice
half halves
life lives
loaf loaves
shelf shelves
thief thieves
wolf wolves
knife knives
wife wives
crisis crises
basis bases
analysis analyses
thesis theses
hypothesis hypotheses
criterion criteria
phenomenon phenomena
index indices
defense defence defences
offense offence offences
license licence licences
program programme programmes
gray grey
organiz organization organizations organisation organisations organize organizes organized organizing organise organises organised organising organizer organizers organiser organisers organizational organisational
importanc important importance importantly
customr customer customers
authorit authority authorities
universiti university universities
universe universe universes
internl internal internally
business business businesses
`) {
		words := strings.Fields(line)
		for _, w := range words {
			m[w] = words[0]
		}
	}
	return m
}()
