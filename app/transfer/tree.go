package transfer

import "strconv"

// draft is a message on its way in, as another program has it: a node of a
// tree, or a step of an answer.
type draft struct {
	Message
	// hidden nodes were not shown; what follows them follows their parent.
	hidden bool
}

// say adds text with an empty line before it.
func (d *draft) say(text string) { d.add("text", text) }

// think adds to what was thought, looked up and run before the answer.
func (d *draft) think(text string) { d.add("reasoning", text) }

func (d *draft) add(kind, text string) {
	if text == "" {
		return
	}
	if d.Role == "user" {
		kind = "text" // of a question nothing is folded away
	}
	for i := range d.Parts {
		if d.Parts[i].Type == kind {
			d.Parts[i].Text += "\n\n" + text
			return
		}
	}
	part := Part{Type: kind, Text: text}
	if kind == "reasoning" {
		d.Parts = append([]Part{part}, d.Parts...)
		return
	}
	d.Parts = append(d.Parts, part)
}

func (d *draft) empty() bool { return len(d.Parts) == 0 && len(d.Images) == 0 }

// order lists nodes with parents before children and otherwise as they are. A
// parent that is unknown, the node itself or in a circle becomes "". Of nodes
// with the same id the first counts.
func order(count int, id, parent func(int) string) (sorted []int, parents map[string]string) {
	first := map[string]int{}
	for i := range count {
		if _, known := first[id(i)]; !known {
			first[id(i)] = i
		}
	}
	parents = map[string]string{}
	waiting := map[string][]int{} // for the parent with that id
	done := map[string]bool{}
	emit := func(at int) {
		for stack := []int{at}; len(stack) > 0; {
			next := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if done[id(next)] {
				continue
			}
			done[id(next)] = true
			sorted = append(sorted, next)
			children := waiting[id(next)]
			for i := len(children) - 1; i >= 0; i-- {
				stack = append(stack, children[i])
			}
			delete(waiting, id(next))
		}
	}
	for i := range count {
		if first[id(i)] != i {
			continue
		}
		above := parent(i)
		if _, known := first[above]; !known || above == id(i) {
			above = ""
		}
		parents[id(i)] = above
		if above == "" || done[above] {
			emit(i)
			continue
		}
		waiting[above] = append(waiting[above], i)
	}
	for i := range count { // circles: the first node of each becomes a beginning
		if first[id(i)] == i && !done[id(i)] {
			parents[id(i)] = ""
			emit(i)
		}
	}
	return sorted, parents
}

// arrange puts a chat's messages in order without changing what they are.
func (c *Chat) arrange() {
	for i := range c.Messages {
		if c.Messages[i].ID == "" {
			c.Messages[i].ID = "#" + strconv.Itoa(i)
		}
	}
	sorted, parents := order(len(c.Messages), func(i int) string { return c.Messages[i].ID }, func(i int) string { return c.Messages[i].ParentID })
	messages := make([]Message, 0, len(sorted))
	for _, i := range sorted {
		m := c.Messages[i]
		m.ParentID = parents[m.ID]
		messages = append(messages, m)
	}
	if _, has := parents[c.ActiveLeaf]; !has {
		c.ActiveLeaf = ""
	}
	c.Messages = messages
}

// take makes messages of drafts: hidden nodes go, and the steps of one answer
// (thoughts, tools, text) become one message. leaf is the last node that was shown.
func (c *Chat) take(drafts []draft, leaf string) {
	for i := range drafts {
		if drafts[i].ID == "" {
			drafts[i].ID = "#" + strconv.Itoa(i)
		}
		drafts[i].hidden = drafts[i].hidden || drafts[i].empty()
	}
	sorted, parents := order(len(drafts), func(i int) string { return drafts[i].ID }, func(i int) string { return drafts[i].ParentID })
	shown := map[string]string{} // the id of the nearest node at or above that was shown
	children := map[string]int{}
	for _, i := range sorted {
		id := drafts[i].ID
		if above := shown[parents[id]]; drafts[i].hidden {
			shown[id] = above
		} else {
			shown[id] = id
			children[above]++
		}
	}
	place := map[string]int{} // of the message that holds a shown node
	var above []int           // of each message the place of its parent, -1 for none
	for _, i := range sorted {
		d := drafts[i]
		if d.hidden {
			continue
		}
		parent := shown[parents[d.ID]]
		at, has := place[parent]
		if has && d.Role != "user" && c.Messages[at].Role == "assistant" && children[parent] == 1 {
			c.Messages[at] = joined(c.Messages[at], d.Message)
			place[d.ID] = at
			continue
		}
		if !has {
			at = -1
		}
		place[d.ID] = len(c.Messages)
		if d.CreatedAt == 0 && has {
			d.CreatedAt = c.Messages[at].CreatedAt
		}
		above = append(above, at)
		c.Messages = append(c.Messages, c.finished(d.Message))
	}
	for i, at := range above {
		if c.Messages[i].ParentID = ""; at >= 0 {
			c.Messages[i].ParentID = c.Messages[at].ID
		}
	}
	if at, has := place[shown[leaf]]; has {
		c.ActiveLeaf = c.Messages[at].ID
	} else if len(c.Messages) > 0 {
		c.ActiveLeaf = c.Messages[len(c.Messages)-1].ID
	}
}

// joined is an answer with its next step. The last step's id stands for it.
func joined(m, step Message) Message {
	d := draft{Message: m}
	for _, p := range step.Parts {
		d.add(p.Type, p.Text)
	}
	d.ID, d.Images = step.ID, append(d.Images, step.Images...)
	d.UpdatedAt = max(d.UpdatedAt, step.CreatedAt, step.UpdatedAt)
	if step.Model != "" {
		d.Model = step.Model
	}
	return d.Message
}

// finished fills in what other programs leave out.
func (c *Chat) finished(m Message) Message {
	if m.Role != "user" {
		m.Role = "assistant"
	}
	m.Status = "complete"
	if m.CreatedAt == 0 {
		m.CreatedAt = c.CreatedAt
	}
	m.UpdatedAt = max(m.UpdatedAt, m.CreatedAt)
	if m.Parts == nil {
		m.Parts = []Part{}
	}
	return m
}
