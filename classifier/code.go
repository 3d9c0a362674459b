package classifier

// Numbers of a stored document carry what learning must know of the feature.
const (
	numberMask    = 1<<29 - 1
	unknownNumber = numberMask
	authorFlag    = 1 << 29
	contentFlag   = 1 << 30
	bayesianFlag  = 1 << 31
)

// groupBit is where the flags begin: they make the group of a feature.
const groupBit = 29

// The groups that there are, of groups that flags can make.
const (
	groupLook   = 0                       // forms and traits
	groupPart   = contentFlag >> groupBit // grams and links
	groupAuthor = (contentFlag | authorFlag) >> groupBit
	groupPair   = bayesianFlag >> groupBit
	groupWord   = (bayesianFlag | contentFlag) >> groupBit // words, symbols and numbers
	groups      = 1 << (32 - groupBit)
)

// flags gives the flags of a feature.
func (f *feature) flags() uint32 { return flagsOf[f.kind&15] }

var flagsOf = func() (flags [16]uint32) {
	for k := range flags {
		if kind(k).content() {
			flags[k] |= contentFlag
		}
		if kind(k) == kindAuthor {
			flags[k] |= authorFlag
		}
		if kind(k).bayesian() {
			flags[k] |= bayesianFlag
		}
	}
	return flags
}()

// number codes a document by the table, adding what is new.
func (b *brain) number(features []feature) []uint32 {
	doc := b.find(features)
	for i, code := range doc {
		if code&numberMask == unknownNumber {
			doc[i] = b.table.add(features[i].hash) | code&^numberMask
		}
	}
	return doc
}

// find codes a document by the table.
func (b *brain) find(features []feature) []uint32 {
	doc := make([]uint32, len(features))
	doc, b.slots = b.table.codes(features, doc, b.slots)
	return doc
}
