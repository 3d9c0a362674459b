package policy

import (
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

func TestTooFast(t *testing.T) {
	elapsed := func(ms int64) func(*models.Case) {
		return func(c *models.Case) { c.Revision.Comment.Form.ElapsedMS = &ms }
	}
	checkRule(t, []ruleCase{
		{"fast", "rule: too-fast", elapsed(1200), "form", "the form was sent after 1.2 seconds, a person needs at least 3.0"},
		{"slow enough", "rule: too-fast", elapsed(3000), "", ""},
		{"own limit", "rule: too-fast, min: 500ms", elapsed(501), "", ""},
		{"not measured", "rule: too-fast", nil, "", ""},
		{"nothing measured", "rule: too-fast", elapsed(0), "", ""},
		{"a clock set back", "rule: too-fast", elapsed(-5), "", ""},
	})
}

func TestClosedThread(t *testing.T) {
	published := func(d time.Duration) func(*models.Case) {
		return func(c *models.Case) { c.Revision.Comment.Post.PublishedAt = c.Revision.ReceivedAt.Add(-d) }
	}
	checkRule(t, []ruleCase{
		{"old", "rule: closed-thread", published(100 * day), "old", "the post is 100 days old, comments are expected for 90d"},
		{"young", "rule: closed-thread", published(89 * day), "", ""},
		{"own limit", "rule: closed-thread, after: 1d", published(25 * time.Hour), "old", "the post is 1 day old, comments are expected for 1d"},
		{"not known", "rule: closed-thread, after: 1s", nil, "", ""},
		{"in the future", "rule: closed-thread, after: 1s", published(-time.Hour), "", ""},
		{"an import counts by its own time", "rule: closed-thread", func(c *models.Case) {
			published(100 * day)(c)
			c.Revision.Comment.SubmittedAt = c.Revision.ReceivedAt.Add(-99 * day)
		}, "", ""},
		{"a clock that is ahead makes no post old", "rule: closed-thread", func(c *models.Case) {
			published(89 * day)(c)
			c.Revision.Comment.SubmittedAt = c.Revision.ReceivedAt.Add(10 * day)
		}, "", ""},
	})
}

func TestDates(t *testing.T) {
	submitted := func(d time.Duration) func(*models.Case) {
		return func(c *models.Case) { c.Revision.Comment.SubmittedAt = c.Revision.ReceivedAt.Add(d) }
	}
	checkRule(t, []ruleCase{
		{"now", "rule: dates", submitted(0), "", ""},
		{"long ago", "rule: dates", submitted(-8 * day), "past", "submitted 8 days before it came here"},
		{"future", "rule: dates", submitted(3 * time.Hour), "future", "submitted 3 hours in the future"},
		{"tolerated", "rule: dates, past: 30d, future: 1d", submitted(-8 * day), "", ""},
		{"unsaid", "rule: dates", nil, "", ""},
	})
}

func TestEdited(t *testing.T) {
	revision := func(n int, was models.Action) func(*models.Case) {
		return func(c *models.Case) {
			c.Revision.Number = n
			c.Facts.Previous = &models.Standing{Action: was}
		}
	}
	later := func(c *models.Case) {
		revision(2, models.Approve)(c)
		c.Revision.Comment.SubmittedAt = c.Revision.ReceivedAt.Add(-time.Hour)
	}
	checkRule(t, []ruleCase{
		{"new", "rule: edited", nil, "", ""},
		{"an approved one", "rule: edited", revision(2, models.Approve), "changed", "changed once since it was submitted"},
		{"a held one", "rule: edited", revision(2, models.Hold), "", ""},
		{"any", "rule: edited, approved_only: false", revision(3, models.Hold), "changed", "changed 2 times since it was submitted"},
		{"some tolerated", "rule: edited, max: 2", revision(3, models.Approve), "", ""},
		{"soon after", "rule: edited, after: 2h", later, "", ""},
		{"long after", "rule: edited, after: 30m", later, "changed", ""},
		{"no telling how long after", "rule: edited, after: 30m", revision(2, models.Approve), "", ""},
	})
	lacking(t, "rule: edited", func(c *models.Case) { c.Revision.Number = 2 })
}

func TestParent(t *testing.T) {
	answers := func(to string, action models.Action) func(*models.Case) {
		return func(c *models.Case) {
			c.Revision.Comment.ParentID = to
			c.Facts.Parent = &models.Standing{Action: action}
		}
	}
	checkRule(t, []ruleCase{
		{"held", "rule: parent", answers("c-1", models.Hold), "held", `answers comment "c-1", which is held`},
		{"rejected", "rule: parent", answers("c-1", models.Reject), "rejected", `answers comment "c-1", which was rejected`},
		{"approved", "rule: parent", answers("c-1", models.Approve), "", ""},
		{"not remembered", "rule: parent", answers("c-1", ""), "", ""},
		{"no answer", "rule: parent", answers("", models.Hold), "", ""},
		{"only rejected", "rule: parent, states: [rejected]", answers("c-1", models.Hold), "", ""},
	})
	lacking(t, "rule: parent", func(c *models.Case) { c.Revision.Comment.ParentID = "c-1" })
}

func TestCommentType(t *testing.T) {
	kind := func(s string) func(*models.Case) { return func(c *models.Case) { c.Revision.Comment.Type = s } }
	checkRule(t, []ruleCase{
		{"trackback", "rule: comment-type", kind("trackback"), "found", "this is a trackback"},
		{"comment", "rule: comment-type", kind("comment"), "", ""},
		{"unsaid", "rule: comment-type", nil, "", ""},
		{"own", "rule: comment-type, types: [Review]", kind("review"), "found", ""},
		{"own replaces", "rule: comment-type, types: [review]", kind("pingback"), "", ""},
	})
}
