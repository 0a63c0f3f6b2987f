package app

import "kontor/storage"

// carriedImage is a picture in a file of chats: what is known of it, and its bytes.
type carriedImage struct {
	Image
	Content []byte `json:"content,omitempty"` // base64 in JSON
}

// carried is a part of a message as it leaves: pictures take their bytes along.
func (s *Images) carried(p Principal, part storage.Part) storage.Part {
	view := decoded[Image](part.Data)
	if part.Type != partImage || view == nil {
		return part
	}
	content, err := s.read(p, view.Hash)
	if err != nil {
		s.app.log.Error("export a picture", "error", err) // what is known of it goes along
	}
	part.Data = mustJSON(carriedImage{*view, content})
	return part
}

// landed is the reverse: the bytes become a file here. A picture that is none
// stays as a name without a picture.
func (s *Images) landed(p Principal, part storage.Part) storage.Part {
	carried := decoded[carriedImage](part.Data)
	if part.Type != partImage || carried == nil {
		return part
	}
	view := carried.Image
	if len(carried.Content) > 0 {
		kept, err := s.keep(p, view.Name, carried.Content)
		if err != nil {
			s.app.log.Warn("import a picture", "error", err)
		} else {
			view = kept
		}
	}
	part.Data = mustJSON(view)
	return part
}
