package intake

import "github.com/winnowd/winnow/models"

// commentField reads the value of a member of the comment.
func (d *decoder) commentField(c *models.Comment, name []byte) error {
	switch string(name) {
	case "id":
		return d.id(&c.ID)
	case "type":
		return d.text("type", &c.Type)
	case "content":
		return d.content(&c.Content)
	case "content_type":
		return d.contentType(&c.ContentType)
	case "submitted_at":
		return d.time("submitted_at", &c.SubmittedAt)
	case "edited_at":
		return d.time("edited_at", &c.EditedAt)
	case "parent_id":
		return d.text("parent_id", &c.ParentID)
	case "language":
		return d.text("language", &c.Language)
	case "referrer":
		return d.text("referrer", &c.Referrer)
	case "post":
		return d.object("/post", c, (*decoder).postField)
	case "author":
		return d.object("/author", c, (*decoder).authorField)
	case "form":
		return d.object("/form", c, (*decoder).formField)
	case "meta":
		return d.meta(&c.Meta)
	}
	return d.json.SkipValue()
}

func (d *decoder) postField(c *models.Comment, name []byte) error {
	switch string(name) {
	case "id":
		return d.text("id", &c.Post.ID)
	case "url":
		return d.text("url", &c.Post.URL)
	case "title":
		return d.text("title", &c.Post.Title)
	case "published_at":
		return d.time("published_at", &c.Post.PublishedAt)
	}
	return d.json.SkipValue()
}

func (d *decoder) authorField(c *models.Comment, name []byte) error {
	switch string(name) {
	case "id":
		return d.text("id", &c.Author.ID)
	case "name":
		return d.text("name", &c.Author.Name)
	case "email":
		return d.text("email", &c.Author.Email)
	case "url":
		return d.text("url", &c.Author.URL)
	case "ip":
		return d.text("ip", &c.Author.IP)
	case "user_agent":
		return d.text("user_agent", &c.Author.UserAgent)
	case "role":
		return d.text("role", &c.Author.Role)
	case "logged_in":
		return d.boolean("logged_in", &c.Author.LoggedIn)
	}
	return d.json.SkipValue()
}

func (d *decoder) formField(c *models.Comment, name []byte) error {
	switch string(name) {
	case "honeypot":
		return d.text("honeypot", &c.Form.Honeypot)
	case "elapsed_ms":
		return d.integer("elapsed_ms", &c.Form.ElapsedMS)
	}
	return d.json.SkipValue()
}
