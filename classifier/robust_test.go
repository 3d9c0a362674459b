package classifier

import (
	"runtime"
	"strings"
	"testing"

	"github.com/winnowd/winnow/markup"
	"github.com/winnowd/winnow/models"
)

// scoreOf scores a text as it came, markup and all.
func scoreOf(m *Model, content string) float64 {
	l := LessonOf(markup.Read(content, models.PlainText), &models.Comment{})
	return m.score(1, &l, nil).Score
}

const honest = "I walked the old railway line last weekend and your map was a great help. The bridge near the mill is closed, " +
	"so we had to go around by the church, which adds about two kilometres. Is it known when it will open again?"

// clearly is by how much more log-odds of spam one text stands above another: the odds
// are half as high again.
const clearly = 0.4

// TestDisguisedSpamRanksAboveItsHonestTwin scores tricks with the starter and with a
// few dozen labels: each must stand clearly above the honest text that it is made of or like.
func TestDisguisedSpamRanksAboveItsHonestTwin(t *testing.T) {
	cold, taught := startedModel(t), startedModel(t)
	for i, e := range loadExamples(t) {
		fold(t, taught, e.entry(int64(i+1)))
	}
	fullWidth := strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f {
			return r + 0xfee0
		}
		return r
	}, "Buy cheap viagra online")
	lookAlikes := strings.NewReplacer("a", "а", "e", "е", "o", "о", "i", "і").Replace
	for _, c := range []struct{ name, spam, twin string }{
		{"WordSalad", "umbrella quartz seven mended Tuesday lamp orbit http://cheap-pills.example/buy velvet goat harbour", "umbrella quartz seven mended Tuesday lamp orbit velvet goat harbour"},
		{"CopiedTextAroundALink", honest + " <a href=\"http://cheap-viagra-pills.example/buy\">more</a>", honest},
		{"LookAlikes", "Buy ch" + lookAlikes("ea") + "p v" + lookAlikes("ia") + "gra onl" + lookAlikes("i") + "ne without prescription", "We baked bread at home and it went well"},
		{"FullWidth", fullWidth, "We bought a cheap violin"},
		{"SplitWords", "buy v-i-a-g-r-a here, c.i.a.l.i.s too", "I spelled it a-b-o-u-t, not a.b.u.o.t"},
		{"SpacedWords", "get v i a g r a cheap online today", "plans a b c d e f of the house"},
		{"HiddenCharacters", "cheap via\u200bgra and cia\u200blis, order on\u200bline", "cheap vegetables and cereals, order in the shop"},
		{"TelephoneNumber", "Call now to win your prize +44 7911 123456", "It was built in 1911 and rebuilt in 1956"},
		{"BareDomain", "make money at cheapmoney.xyz", "make tea at home"},
		{"CopiedTextAroundALinkElsewhere", honest + " http://cheap-viagra-pills.example/buy", honest + " https://en.wikipedia.org/wiki/Railway"},
		{"BareDomainInCapitals", "WORK FROM HOME, SEE CASHNOW.CLUB", "WE WORK FROM HOME, SEE YOU LATER"},
		{"SpacedTelephoneNumber", "text WIN to 8 7 1 2 1 now, claim your prize", "take the tram 8 or 12 to the town hall now"},
		{"BBCode", "[url=http://casino.example]casino bonus[/url] free", "the casino on the pier was free to visit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, m := range map[string]*Model{"Cold": cold, "Taught": taught} {
				spam, twin := scoreOf(m, c.spam), scoreOf(m, c.twin)
				if models.LogOdds(spam)-models.LogOdds(twin) < clearly {
					t.Errorf("%s: the spam scores %.3f, its honest twin %.3f", name, spam, twin)
				}
			}
		})
	}
}

// TestHostileTextsAreBounded reads 64 KiB made to be slow: what it costs is bounded by
// the number of features, and by memory that is reused.
func TestHostileTextsAreBounded(t *testing.T) {
	m := startedModel(t)
	d := newDocument()
	for name, text := range map[string]string{
		"OneLetter": strings.Repeat("a", 64<<10), "SpacedLetters": strings.Repeat("a ", 32<<10), "Ligatures": strings.Repeat("\ufdfa", 21<<10),
		"Marks": "a" + strings.Repeat("\u0301", 32<<10), "Han": strings.Repeat("今天好", 7<<10), "MixedScripts": strings.Repeat("aа", 21<<10),
		"Symbols": strings.Repeat("!?", 32<<10), "Dots": strings.Repeat("a.", 32<<10), "Links": strings.Repeat("http://a.example/x ", 3400),
		"Newlines": strings.Repeat("\n", 64<<10), "InvalidBytes": strings.Repeat("\xff", 64<<10),
	} {
		l := LessonOf(markup.Read(text, models.PlainText), &models.Comment{})
		d.read(&l, nil)
		if len(d.features) > maxFeatures || len(d.lower) > 2*maxTextBytes || cap(d.features) > 2*maxFeatures {
			t.Errorf("%s: %d features, %d bytes of words", name, len(d.features), len(d.lower))
		}
		fold(t, m, models.LogEntry{Seq: m.Seq() + 1, SiteID: 1, Shared: true, Label: models.Spam, Lesson: l})
	}
	if n := m.Tokens(); n > 11*maxFeatures {
		t.Errorf("%d features were learnt of 11 texts", n)
	}
	var before, after runtime.MemStats
	l := models.Lesson{Text: strings.Repeat("a b", 20<<10)}
	d.read(&l, nil)
	runtime.ReadMemStats(&before)
	for range 10 {
		d.read(&l, nil)
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
		t.Errorf("reading ten times more took %d bytes", grown)
	}
}

func TestOneLetterManyTimesRanksAboveAWord(t *testing.T) {
	m := startedModel(t)
	for i, e := range loadExamples(t) {
		fold(t, m, e.entry(int64(i+1)))
	}
	if flood, word := scoreOf(m, strings.Repeat("A", 64<<10)), scoreOf(m, "A nice walk, thank you."); flood <= word {
		t.Errorf("64 KiB of one letter score %.3f, a sentence %.3f", flood, word)
	}
}
