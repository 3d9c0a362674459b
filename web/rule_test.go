package web

import (
	"fmt"
	"testing"

	"github.com/winnowd/winnow/models"
)

func TestRulesAreOfferedOfWhereACommentLeadsAndOfItsAuthor(t *testing.T) {
	links := []models.Link{{Host: "spam.example"}, {Host: "blog.example"}, {Host: "spam.example"}, {URL: "javascript:alert(1)"}, {Host: "b.example"}}
	for name, tt := range map[string]struct {
		author models.Author
		want   string
	}{
		"everything": {
			models.Author{ID: "u-1", LoggedIn: true, Email: " ann@example.com ", URL: "https://WWW.Spam.example/x"},
			"[block-host:spam.example block-host:b.example block-domain:spam.example block-phrase: approve-account:u-1 approve-email:ann@example.com]",
		},
		"an id that anybody can give": {models.Author{ID: "u-1"}, "[block-host:spam.example block-host:b.example block-phrase:]"},
		"the site itself":             {models.Author{URL: "https://www.blog.example/ann"}, "[block-host:spam.example block-host:b.example block-phrase:]"},
		"no website":                  {models.Author{URL: "javascript:alert(1)"}, "[block-host:spam.example block-host:b.example block-phrase:]"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := fmt.Sprint(ruleChoices(&models.Comment{Author: tt.author}, links, "blog.example")); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
