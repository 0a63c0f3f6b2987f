package parse

import (
	"encoding/binary"
	"errors"
)

// rtfDictionary is what the window of Outlook's RTF compression begins with
// ([MS-OXRTFCP] 2.1.2.1).
const rtfDictionary = `{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0` +
	"\r\n" + `\par \pard\plain\f0\fs20\b\i\u\tab\tx`

var errRTFPacked = errors.New("damaged compressed text")

// decompressRTF unpacks Outlook's compressed RTF to at most limit bytes.
func decompressRTF(data []byte, limit int) ([]byte, error) {
	if len(data) < 16 {
		return nil, errRTFPacked
	}
	size := int(binary.LittleEndian.Uint32(data[4:]))
	kind := string(data[8:12])
	data = data[16:]
	if size > limit {
		return nil, errRTFPacked
	}
	switch kind {
	case "MELA":
		return data[:min(size, len(data))], nil
	case "LZFu":
		return expandRTF(data, size), nil
	}
	return nil, errRTFPacked
}

// expandRTF undoes the dictionary compression. Damaged data gives what came
// before the damage.
func expandRTF(data []byte, size int) []byte {
	const window = 4096
	var dictionary [window]byte
	write := copy(dictionary[:], rtfDictionary)
	out := make([]byte, 0, min(size, 64*len(data)))
	put := func(c byte) {
		out = append(out, c)
		dictionary[write] = c
		write = (write + 1) % window
	}
	for at := 0; at < len(data) && len(out) < size; {
		control := data[at]
		at++
		for bit := 0; bit < 8 && len(out) < size; bit++ {
			if control>>bit&1 == 0 {
				if at >= len(data) {
					return out
				}
				put(data[at])
				at++
				continue
			}
			if at+1 >= len(data) {
				return out
			}
			reference := binary.BigEndian.Uint16(data[at:])
			at += 2
			offset, length := int(reference>>4), int(reference&15)+2
			if offset == write { // the end
				return out
			}
			for i := range length {
				if len(out) >= size {
					break
				}
				put(dictionary[(offset+i)%window])
			}
		}
	}
	return out
}
