package classifier

// Starter is what a model knows before its first label: weights that were trained
// from public collections of comments and stay as they are.
type Starter struct {
	index map[uint64]uint32
}

// minFade is how much the starter must count to be asked.
const minFade = 0.01

// starterOpinion is what the starter makes of a document; what it says of each
// feature is in d.firsts.
type starterOpinion struct{ odds, rest float64 }

func (s *Starter) judge(d *document) starterOpinion {
	d.firsts = append(d.firsts[:0], make([]float64, len(d.features))...)
	return starterOpinion{}
}

func (o *starterOpinion) knows(d *document, i int) bool { return false }
