package load

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/winnowd/winnow/models"
)

// Our own comments are as many as this, by so many people, from so many addresses,
// under so many posts.
const (
	ownComments = 20_000
	people      = 5_000
	addresses   = 10_000
	posts       = 500
	wordsEach   = 60
)

// OwnComments gives the comments that are sent if there are no others: some 60 words
// each, drawn from the vocabulary of talk about gardens, so that common words are common
// and no two comments are alike. They are the same each time. The addresses are those for
// benchmarks (RFC 2544).
func OwnComments() []models.Comment {
	vocabulary, given, family := strings.Fields(talk), strings.Fields(givenNames), strings.Fields(familyNames)
	random := rand.New(rand.NewPCG(1, 2))
	list := make([]models.Comment, ownComments)
	var text strings.Builder
	for i := range list {
		text.Reset()
		for k := range wordsEach {
			if k > 0 {
				text.WriteByte(' ')
			}
			at := random.Float64()
			text.WriteString(vocabulary[int(at*at*float64(len(vocabulary)))])
		}
		person := random.IntN(people)
		address := random.IntN(addresses)
		post := random.IntN(posts)
		list[i] = models.Comment{
			Content: text.String(),
			Post:    models.Post{ID: fmt.Sprintf("p-%d", post), URL: fmt.Sprintf("https://blog.example/p/%d", post)},
			Author: models.Author{
				Name: fmt.Sprintf("%s %s", given[person%len(given)], family[person/len(given)%len(family)]), Email: fmt.Sprintf("reader%d@example.com", person),
				IP: fmt.Sprintf("198.18.%d.%d", address>>8, address&255), UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
			},
		}
	}
	return list
}

const (
	givenNames  = "Ann Ben Carla Dev Elif Femi Grace Hugo Ines Jonas Kemal Lena Maya Nils Olga Pavel Rosa Sven Tariq Uma Vera Wim Yuki Zoe"
	familyNames = "Abel Brandt Cole Dahl Eriksen Fuchs Grant Holm Iqbal Jansen Kaya Lund Moreau Novak Okafor Petit Quist Rossi Silva Tanaka Ueda Vogel Weber Young"
)

// talk has the more common words first.
const talk = `the a and to of in it is was that for on with my I you this have but not we they be are so at as from or if
do one had when all there what can your which more after out up them our too just very would about been will how then some
their than her his him she he were into only its no me who also over other each every before because could did much many good
garden plant plants soil water tomatoes year summer spring rain leaves roots seeds beans compost beds winter sun shade bed pots
really never always still again think know like grow grew grown growing planted tried try found find works worked working work
first last next same different better best worse worst little small large big long short early late new old dry wet warm cold hot
frost week weeks month months day days morning evening time times June July August autumn season weather wind heat storm cloud
clay sand loam mulch straw bark manure lime ash leaf mould peat worm worms slugs snails aphids birds bees hens cat dog fox neighbour
neighbours mother father grandmother uncle friend friends kids family house yard balcony window greenhouse tunnel fence wall path
gate shed bucket spade fork rake hoe gloves hose barrel can pump drip line pipe tray trays label labels string stakes cane canes
wire net netting fleece cover covered lifting digging dig dug turn turned spread spreading layer layers deep shallow inches
centimetres metres half third quarter twice once often rarely sometimes usually maybe perhaps probably certainly surely hardly
nearly almost quite rather enough plenty few several most least less fewer both either neither another such own
thank thanks please sorry agree disagree wonder wondering question answer answers mention mentioned wrote written read reading
article post photo photos picture pictures video guide book chapter page advice tip tips idea ideas point points reason reasons
mistake mistakes lesson problem problems trouble luck surprise success failure result results harvest crop yield taste flavour
sweet sour bitter crisp soft firm ripe green red yellow purple orange white black brown pale dark bright heavy light
potatoes carrots onions garlic leeks cabbage kale spinach lettuce radish beetroot peas squash pumpkin courgette cucumber pepper
peppers chilli aubergine basil parsley dill mint thyme sage rosemary coriander chives fennel celery parsnip turnip sweetcorn
strawberries raspberries currants gooseberries apples pears plums cherries figs grapes quince medlar rhubarb asparagus artichoke
roses tulips daffodils lavender dahlia sunflower marigold nasturtium clover nettle comfrey dandelion bramble ivy moss lichen
prune pruned pruning graft grafted sow sowed sown thin thinned weed weeded weeding feed fed feeding watering soak soaked drain
drained rot rotted rotting mildew blight rust canker scab wilt wilted yellowing healthy sick weak strong vigorous dormant hardy
tender annual perennial biennial variety varieties heirloom hybrid nursery market catalogue packet sachet gram kilo litre handful
spoonful ratio mix mixed mixture blend crumbly sticky compacted drained acid alkaline neutral nitrogen potash phosphate calcium
measure measured measuring record records notebook diary calendar plan planned planning rotation rotate fallow cover crop
started starting stopped stopping waited waiting watched watching noticed noticing counted counting lost losing kept keeping
brought bringing carried carrying bought buying sold selling gave giving took taking showed showing told telling asked asking`
