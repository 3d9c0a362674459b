package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/winnowd/winnow/models"
)

// vocabularies are words of comments by language, the common ones first.
var vocabularies = []struct {
	language string
	words    []string
}{
	{"en", strings.Fields(`the and to of a in I it is that for you this with on was my but have not are as be at so we they like just really
		thanks post great about would people time think know good after because which there when never still more than photos garden soil
		recipe tomatoes compost weather explain step guide question answer wonder whether bread oven dough water winter spring neighbour
		disagree article source evidence opinion comment thread update follow bicycle wheel brake chain train ticket station delay refund`)},
	{"de", strings.Fields(`die der und ich das ist nicht zu in es auf mit ein für wir den auch sich wie noch mir hat aber oder schon größe
		Beitrag danke wirklich Garten Erde Tomaten Frühling Straße schön Frage Antwort Meinung Quelle Artikel Fahrrad Bremse Bahnhof`)},
	{"ru", strings.Fields(`и в не на я что он как это с то но мы по все так за из было спасибо статья сад земля весна вопрос ответ мнение часы
		погода хлеб вода поезд вокзал билет источник`)},
	{"zh", strings.Fields(`的 是 我 不 了 在 有 这 个 们 很 好 谢谢 文章 花园 土壤 春天 问题 回答 天气 面包 手表 火车 车站`)},
}

// spamWords are those of spam.
var spamWords = strings.Fields(`cheap watches online casino bonus pills order discount viagra loans approved click here earn money home work
	replica luxury followers crypto investment guaranteed profit telegram whatsapp contact`)

// common are words that a great part of the comments have, in two languages.
var common = [...]string{"the that", "really", "with have", "größe", "часы", "watches cheap"}

const (
	authors = 200_000
	posts   = 5000
)

// skewed gives a number below n, small ones more often: some authors write much.
func skewed(r *rand.Rand, n int) int { return int(math.Pow(r.Float64(), 3) * float64(n)) }

func email(author int) string { return fmt.Sprintf("a%d@example.com", author) }

// comment makes the comment of a number; spam is like spam.
func comment(r *rand.Rand, n int, spam bool) models.Comment {
	v := vocabularies[min(len(vocabularies)-1, r.IntN(10)/7+r.IntN(3)*(r.IntN(10)/7))]
	var b strings.Builder
	for i := range 15 + r.IntN(70) {
		if i > 0 {
			b.WriteByte(' ')
		}
		if spam && r.IntN(3) == 0 {
			b.WriteString(spamWords[r.IntN(len(spamWords))])
		} else {
			b.WriteString(v.words[skewed(r, len(v.words))])
		}
	}
	fmt.Fprintf(&b, " number%d", n)
	author, post := skewed(r, authors), skewed(r, posts)
	c := models.Comment{
		ID: fmt.Sprintf("c-%d", n), Type: "comment", ContentType: models.PlainText, Language: v.language,
		Author: models.Author{
			Name: fmt.Sprintf("Author %d", author), Email: email(author), UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
			IP: fmt.Sprintf("10.%d.%d.%d", author>>16&255, author>>8&255, author&255),
		},
		Post: models.Post{ID: fmt.Sprintf("p-%d", post), URL: fmt.Sprintf("https://blog.example/p/%d", post), Title: "What grows in a small garden, and what does not"},
	}
	elapsed := 4000 + int64(r.IntN(60_000))
	c.Form.ElapsedMS = &elapsed
	if spam {
		c.Author.URL = fmt.Sprintf("https://shop%d.example/", r.IntN(2000))
		fmt.Fprintf(&b, " https://shop%d.example/order?id=%d", r.IntN(2000), n)
	}
	c.Content = b.String()
	return c
}

// decide makes a decision about a comment like those of rules and classifier.
func decide(r *rand.Rand, c *models.Comment, action models.Action, at time.Time) *models.Decision {
	score := 0.4 * r.Float64()
	if action != models.Approve {
		score = 0.5 + 0.4999*math.Sqrt(r.Float64())
	}
	d := &models.Decision{
		Action: action, Source: models.FromClassifier, Actor: models.System, Score: score, Judged: true,
		PolicyVersion: policyVersion, ModelVersion: "9d1f0c2a.1.104233", DecidedAt: at,
	}
	finding := models.Reason{
		Rule: "classifier", Action: action, Code: "classifier.unsure", Params: map[string]any{"hold_above": 0.5},
		Detail: fmt.Sprintf("spam score %.2f, held from 0.50", score), Evidence: evidence(r, c, score),
	}
	if action == models.Hold && r.IntN(3) == 0 {
		d.Source = models.FromPolicy
		found := 3 + r.IntN(6)
		d.Reasons = append(d.Reasons, models.Reason{
			Rule: "link-limit", Action: models.Hold, Code: "link-limit.too-many", Params: map[string]any{"found": found, "max": 2},
			Detail: fmt.Sprintf("%d links, at most 2 are allowed", found),
		})
	}
	if action == models.Hold && r.IntN(40) == 0 {
		d.Reasons = append(d.Reasons, models.Reason{Rule: "old-threads", Action: models.Hold, Code: "custom.matched", Detail: "links under an old post"})
	}
	d.Reasons = append(d.Reasons, finding)
	n := r.IntN(20)
	counts := models.Counts{0, n / 4, n / 2, n, 2 * n}
	d.Facts = models.Facts{
		Rate: &models.Rate{Address: &counts, Person: &counts}, Post: &models.Activity{Comments: &counts}, Duplicate: &models.Duplicates{},
		Author: &models.AuthorHistory{Person: true, Comments: n, Approved: n, SinceMS: 86_400_000}, SiteURL: "https://blog.example",
	}
	return d
}

// evidence takes the words that a comment's score would be of.
func evidence(r *rand.Rand, c *models.Comment, score float64) []models.Evidence {
	words := strings.Fields(c.Content)
	list := make([]models.Evidence, 0, 10)
	for range min(10, len(words)) {
		token := words[r.IntN(len(words))]
		if strings.HasPrefix(token, "https:") {
			token = "host:" + strings.Split(token, "/")[2]
		}
		list = append(list, models.Evidence{Token: token, Weight: math.Round(100*(4*score-1.5+r.NormFloat64()))/100 + 0.001})
	}
	return list
}
