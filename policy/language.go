package policy

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

const languageName = "language"

// language finds texts in a script or a language that the site does not expect. A text
// with too few letters or words to tell is in none.
type language struct {
	scripts []string
	letters int
	known   *functionWords
	// expected are bits of known.
	expected uint32
	words    int
	lexicon  *lexicon
	content  *field
}

func decodeLanguage(o *object) rule {
	r := &language{
		letters: o.whole("letters", 20, 1_000_000), words: o.whole("words", 20, 1_000_000), known: newFunctionWords(),
		lexicon: o.d.lexicon(true), content: &fieldTable[0],
	}
	if n := o.take("scripts"); n != nil {
		for _, t := range o.d.texts(n, "scripts") {
			if s, ok := o.d.oneOf(t.node, "script", scriptNames()); ok {
				r.scripts = append(r.scripts, s)
			}
		}
	}
	if n := o.take("languages"); n != nil {
		for _, t := range o.d.texts(n, "languages") {
			if s, ok := o.d.oneOf(t.node, "language", r.known.names); ok {
				r.expected |= 1 << slices.Index(r.known.names, s)
			}
		}
	}
	if o.values["scripts"] == nil && o.values["languages"] == nil {
		o.d.fault(o.node, "%s needs scripts or languages, what the site expects, for example languages: [en, de]", o.what)
	}
	return r
}

func (r *language) check(l *look) (reason, bool) {
	if len(r.scripts) > 0 {
		if script, percent, ok := r.otherScript(l.Text.Plain); ok {
			return reason{
				code: languageName + ".script", params: map[string]any{"script": script, "percent": percent, "expected": r.scripts},
				detail: fmt.Sprintf("%d %% of the letters are %s, expected is %s", percent, script, enumerate(r.scripts, "or")),
			}, true
		}
	}
	if r.expected == 0 {
		return reason{}, false
	}
	found, ok := r.otherLanguage(l.words(r.content, r.lexicon))
	if !ok {
		return reason{}, false
	}
	return reason{
		code: languageName + ".unexpected", params: map[string]any{"language": found},
		detail: "the text seems to be in the language " + quote(found) + ", which is not expected",
	}, true
}

// otherScript gives the script of most letters that are in none of the expected ones, if
// these are more than half.
func (r *language) otherScript(text string) (script string, percent int, ok bool) {
	if slices.Contains(r.scripts, "Latin") && ascii(text) {
		return "", 0, false
	}
	counts := map[string]int{}
	all, latin := 0, 0
	for i := 0; i < len(text); {
		c, size := rune(text[i]), 1
		if c >= utf8.RuneSelf {
			c, size = utf8.DecodeRuneInString(text[i:])
		}
		i += size
		if size == 1 {
			if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' {
				latin++
			}
			continue
		}
		if s := scriptOf(c); s != "" {
			counts[s]++
			all++
		}
	}
	counts["Latin"] += latin
	if all += latin; all < r.letters || all == 0 {
		return "", 0, false
	}
	other := 0
	for s, n := range counts {
		if slices.Contains(r.scripts, s) {
			continue
		}
		other += n
		if script == "" || n > counts[script] || n == counts[script] && s < script {
			script = s
		}
	}
	return script, other * 100 / all, other*2 > all
}

// otherLanguage gives the language of which a text has most function words, if it is
// none of the expected ones and ahead of them all by far.
func (r *language) otherLanguage(t *wordText) (string, bool) {
	words := t.words[:min(len(t.words), maxCompared)]
	if len(words) < r.words {
		return "", false
	}
	var counts [32]int
	for _, w := range words {
		for bits := r.known.languages[string(t.text[w.start:w.end])]; bits != 0; bits &= bits - 1 {
			counts[trailing(bits)]++
		}
	}
	best, expected := -1, 0
	for i := range r.known.names {
		switch {
		case r.expected&(1<<i) != 0:
			expected = max(expected, counts[i])
		case best < 0 || counts[i] > counts[best]:
			best = i
		}
	}
	if best < 0 || counts[best]*100 < 15*len(words) || counts[best] < 2*expected+4 {
		return "", false
	}
	return r.known.names[best], true
}

func trailing(bits uint32) int {
	n := 0
	for bits&1 == 0 {
		bits >>= 1
		n++
	}
	return n
}

// functionWords are short words that hardly any text of a language does without.
type functionWords struct {
	names     []string
	languages map[string]uint32 // by the folded word
}

func newFunctionWords() *functionWords {
	f := &functionWords{languages: map[string]uint32{}}
	for line := range strings.Lines(functionWordList) {
		name, words, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok {
			continue
		}
		bit := uint32(1) << len(f.names)
		f.names = append(f.names, name)
		for w := range strings.FieldsSeq(words) {
			f.languages[string(fold(nil, w, true))] |= bit
		}
	}
	return f
}

const functionWordList = `
en the and of to is that it was for you with are this be have not they from but what there been would which their will about your has more
de der die und das ist nicht ich sie mit den ein eine auf für es auch dem sich wir von zu aber wie oder nur noch bei wenn hat
fr le les des et est que pas une dans pour vous sur qui avec nous mais c'est plus ce sont cette être ont aux très même ils
es el los las que es en una por para con no su lo como más pero está muy este todo cuando también hay porque sus del ser
it il che di non è un una per sono con mi ma della come più anche questo gli nel ho alla perché molto hanno delle ci si
pt o os que não uma para com é em um por mais como mas foi ao muito você isso são também ele está dos quando pela das
nl de het een van en is dat niet op te zijn voor met ik aan er maar ook als bij nog wat heeft naar deze wordt over
sv och att det som en på är av för med jag den inte till har de om var ett men kan från så vi du när
da og at det er en som på de til med for jeg ikke af den har et kan var om han men fra hvor skal også
pl i w nie na się to jest że z do jak ale tak co o po jego czy przez już tylko mnie jej od są który
cs a se na je že to v s jsem do ale si jako by tak co jsou pro jen byl které která nebo když už být
tr ve bir bu da için çok ne ile gibi daha ama var olarak ben kadar sonra değil olan mi en her şey o
ru и в не на что я с он как это по но а так все за от же бы у вы его мы из только было
uk і в не на що я з як це та до але у за від так бути є ми був він вона для також його тому
id yang dan di ini itu dengan untuk tidak dari dalam akan pada juga ke karena ada saya bisa adalah oleh kita mereka sudah lebih atau
fi ja on ei se että hän oli mutta niin kun myös ovat kuin tai joka minä vain jos sitä nyt mitä kaikki siitä
hu a az és hogy nem is egy ez meg de volt csak már ha van mint még vagy azt el nagyon így ami
ro și de la în nu că este cu pe un o să mai din care dar sunt pentru ca fost lui prin după
`
