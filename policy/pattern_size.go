package policy

import "regexp/syntax"

// A regular expression takes time for each character of a text, at worst as much as it has
// instructions (Thompson, "Regular expression search algorithm", 1968): some 20 ns for each
// of them. So sizes and texts are bounded together, and no comment can take long.
const (
	// maxSteps is the most instructions times bytes that an entry takes for a comment.
	maxSteps = 20_000_000
	// maxPatternSize is the most instructions of an entry: at least 4,000 bytes are looked
	// through.
	maxPatternSize = 5_000
	// maxMatchesSize is the most instructions of the expressions of a custom rule.
	maxMatchesSize = 300
)

// patternSize is the number of instructions of a regular expression; 0 if it is none.
func patternSize(expression string) int {
	re, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return 0
	}
	program, err := syntax.Compile(re.Simplify())
	if err != nil {
		return 0
	}
	return len(program.Inst)
}
