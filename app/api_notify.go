package app

// NotifyRequest is a notification of the system. It holds no content of a chat
// beside its title.
type NotifyRequest struct {
	Title string `json:"title"`
	Body  string `json:"body"`
}
