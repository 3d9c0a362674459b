// Package markup turns a comment's content into what a reader sees of it: plain
// text, links, and the number of hidden characters.
//
//	text := markup.Read(comment.Content, comment.ContentType)
//
// Spammers do not ask which markup a blog understands, they paste all of them. So
// HTML, Markdown and BBCode links are looked for in every content type, as are
// bare links ("https://example.com", "www.example.com", "example.com") and
// disguised ones ("hxxp://", "example[.]com", "example dot com", full-width
// letters). The content type only decides how the text is cleaned: whole HTML with
// its entities and blocks, or the signs of Markdown.
//
// A bare domain is a link only if its ending is one that people use and that is
// hardly ever the first word of a sentence or the ending of a file, or if a path
// follows it. "e.g.", "Node.js", "readme.md", "end.So next", version numbers and
// e-mail addresses are text.
//
// Links are listed in order of appearance, once for each appearance. The text of a
// link that only repeats the link's own host is no second one.
//
// Read and Host keep no state, may be called from any number of goroutines, accept
// any string, and take time in proportion to its length.
package markup
