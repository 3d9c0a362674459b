package policy

import (
	"strings"
	"testing"

	"github.com/winnowd/winnow/models"
)

func TestLength(t *testing.T) {
	checkRule(t, []ruleCase{
		{"short", "rule: length, min: 5", content("four"), "too-short", "4 characters, at least 5 are needed"},
		{"characters, not bytes", "rule: length, min: 5", content("fünfü"), "", ""},
		{"few characters of many bytes", "rule: length, min: 10", content("日本語字"), "too-short", "4 characters, at least 10 are needed"},
		{"just enough characters of many bytes", "rule: length, min: 4, max: 20", content("日本語字"), "", ""},
		{"long", "rule: length, max: 3", content("日本語字"), "too-long", "4 characters, at most 3 are allowed"},
		{"fits", "rule: length, min: 1, max: 10", content("fits"), "", ""},
		{"nothing", "rule: length, min: 1", content(""), "too-short", "0 characters, at least 1 are needed"},
		{"no upper limit", "rule: length, min: 1", content(strings.Repeat("x", 50_000)), "", ""},
	})
}

func TestHiddenCharacters(t *testing.T) {
	hidden := func(n int) func(*models.Case) { return func(c *models.Case) { c.Text.Hidden = n } }
	checkRule(t, []ruleCase{
		{"few", "rule: hidden-characters", hidden(3), "", ""},
		{"many", "rule: hidden-characters", hidden(4), "found", "4 characters that nobody sees, at most 3 are tolerated"},
		{"one", "rule: hidden-characters, max: 0", hidden(1), "found", "1 character that nobody sees, at most 0 are tolerated"},
	})
}

func TestLookalikeLetters(t *testing.T) {
	checkRule(t, []ruleCase{
		{"Cyrillic among Latin", "rule: lookalike-letters", content("сheap рills"), "found", `2 words in letters of several scripts, such as "сheap"`},
		{"one may be a slip", "rule: lookalike-letters", content("сheap pills"), "", ""},
		{"Russian with an English word", "rule: lookalike-letters, max: 0", content("мой iPhone и Windows-приложение"), "", ""},
		{"Japanese", "rule: lookalike-letters, max: 0", content("Tシャツを買うSサイズ"), "", ""},
		{"accents and joined marks", "rule: lookalike-letters, max: 0", content("naïve cafe\u0301 Strauß"), "", ""},
		{"Greek and Cyrillic", "rule: lookalike-letters, max: 0", content("αб"), "found", ""},
	})
}

func TestShouting(t *testing.T) {
	checkRule(t, []ruleCase{
		{"capitals", "rule: shouting", content("BUY NOW THE BEST PILLS OF THE WHOLE WORLD"), "capitals", "100 % of the letters are capitals: judged 3 times stricter"},
		{"Cyrillic capitals", "rule: shouting", content("КУПИТЕ ЛУЧШИЕ ТАБЛЕТКИ ВО ВСЕМ МИРЕ СЕЙЧАС"), "capitals", ""},
		{"too few letters to tell", "rule: shouting", content("NASA, ESA AND JAXA"), "", ""},
		{"a normal text", "rule: shouting", content("The NASA and the ESA have announced a common mission to Mars."), "", ""},
		{"no case", "rule: shouting", content(strings.Repeat("我在家裡試過了", 9)), "", ""},
		{"nothing", "rule: shouting, letters: 0", content(""), "", ""},
	})
}

func TestRepetition(t *testing.T) {
	checkRule(t, []ruleCase{
		{"a character", "rule: repetition", content("so gooood" + strings.Repeat("o", 20)), "character", ""},
		{"a word", "rule: repetition", content(strings.Repeat("viagra ", 10) + "and more"), "word", `"viagra" stands 10 times, 83 % of the text: judged 3 times stricter`},
		{"two words in turn", "rule: repetition", content(strings.Repeat("buy pills ", 12)), "word", ""},
		{"a small share that is asked for", "rule: repetition, percent: 25", content(strings.Repeat("buy cheap pills now ", 12)), "word", `"buy" stands 12 times, 25 % of the text: judged 3 times stricter`},
		{"less than the small share", "rule: repetition, percent: 30", content(strings.Repeat("buy cheap pills now ", 12)), "", ""},
		{"a ruler", "rule: repetition", content("---------------------------------\n................................"), "", ""},
		{"laughing", "rule: repetition", content("ha ha ha ha ha, that was good"), "", ""},
		{"a normal text", "rule: repetition", content(sixtyWords()), "", ""},
		{"nothing", "rule: repetition", content(""), "", ""},
	})
}

func TestLanguage(t *testing.T) {
	english := "I have tried this at home and it worked the second time, but not when I was away from the house with my friends."
	german := "Ich habe das zu Hause versucht und es hat beim zweiten Mal geklappt, aber nicht wenn ich mit meinen Freunden auf dem Weg war."
	indonesian := "Saya sudah mencoba ini di rumah dan itu tidak berhasil untuk kita karena ada yang tidak akan bisa dengan itu dan juga oleh mereka."
	russian := "Я попробовал это дома, и во второй раз все получилось, но не тогда, когда я был в пути."
	checkRule(t, []ruleCase{
		{"expected script", "rule: language, scripts: [Latin]", content(english), "", ""},
		{"other script", "rule: language, scripts: [Latin]", content(russian), "script", "100 % of the letters are Cyrillic, expected is Latin"},
		{"characters without spaces are counted", "rule: language, scripts: [Latin]", content("最好的賭場在這裡快來玩吧免費註冊送禮金優惠"), "script", "100 % of the letters are Han, expected is Latin"},
		{"too little to tell", "rule: language, scripts: [Latin]", content("Привет, спасибо!"), "", ""},
		{"a quotation", "rule: language, scripts: [Latin]", content(english + " спасибо большое всем"), "", ""},
		{"expected language", "rule: language, languages: [en]", content(english), "", ""},
		{"other language", "rule: language, languages: [en]", content(german), "unexpected", `the text seems to be in the language "de", which is not expected`},
		{"one of two", "rule: language, languages: [en, de]", content(german), "", ""},
		{"a third", "rule: language, languages: [en, de]", content(indonesian), "unexpected", ""},
		{"Russian by its words", "rule: language, languages: [en]", content(russian + " " + russian), "unexpected", ""},
		{"too few words", "rule: language, languages: [en]", content("Das ist aber sehr schön, und das nicht nur für mich."), "", ""},
		{"names and numbers", "rule: language, languages: [en]", content(strings.Repeat("Kowalski 17 Meyer 42 Rossi ", 8)), "", ""},
	})
}

func TestSimilar(t *testing.T) {
	alike := func(ms ...models.Alike) func(*models.Case) {
		return withFacts(models.Facts{Similar: &models.Similar{Matches: ms}})
	}
	one := models.Alike{Match: models.Match{CommentID: "c-9", AgeMS: 1000}, Percent: 80}
	own, less, old := one, one, one
	own.SameAuthor, less.Percent, old.AgeMS = true, 69, 86_400_001
	checkRule(t, []ruleCase{
		{"alike", "rule: similar", alike(own, one, one), "others", `about 80 % alike to 2 comments by other authors, the last one "c-9"`},
		{"tolerated", "rule: similar, max: 1", alike(one), "", ""},
		{"the same author", "rule: similar", alike(own), "", ""},
		{"less alike", "rule: similar", alike(less), "", ""},
		{"long ago", "rule: similar", alike(old), "", ""},
		{"longer window", "rule: similar, window: 2d", alike(old), "others", ""},
		{"nothing", "rule: similar", alike(), "", ""},
	})
	lacking(t, "rule: similar", nil)
}
