package parse

import (
	"errors"
	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"

	"kontor/localrag"
)

// remark is text that lies on a page without being part of it: what was typed
// into a form field, or a comment.
type remark struct {
	kind  localrag.BlockKind
	text  string
	shown box
}

// Bounds of remarks on a page.
const (
	remarksPerPage = 2000
	remarkBytes    = 20_000
)

// remarks reads the annotations of a page. What cannot be read is left out.
func (f *pdfFile) remarks(page references.FPDF_PAGE, frame pageFrame) ([]remark, error) {
	byReference := requests.Page{ByReference: &page}
	count, err := f.api.FPDFPage_GetAnnotCount(&requests.FPDFPage_GetAnnotCount{Page: byReference})
	if err != nil {
		return nil, trapOnly(err)
	}
	var remarks []remark
	for i := 0; i < min(count.Count, remarksPerPage); i++ {
		found, err := f.api.FPDFPage_GetAnnot(&requests.FPDFPage_GetAnnot{Page: byReference, Index: i})
		if err != nil {
			if err := trapOnly(err); err != nil {
				return nil, err
			}
			continue
		}
		r, err := f.remark(found.Annotation, frame)
		_, closeErr := f.api.FPDFPage_CloseAnnot(&requests.FPDFPage_CloseAnnot{Annotation: found.Annotation})
		if err != nil {
			return nil, err
		}
		if err := trapOnly(closeErr); err != nil {
			return nil, err
		}
		if r.text != "" && len(r.text) <= remarkBytes {
			remarks = append(remarks, r)
		}
	}
	return remarks, nil
}

// trapOnly drops errors that leave the engine in order.
func trapOnly(err error) error {
	if err == nil {
		return nil
	}
	if trap := (*engineTrap)(nil); errors.As(classify(err), &trap) {
		return trap
	}
	return nil
}

func (f *pdfFile) remark(annotation references.FPDF_ANNOTATION, frame pageFrame) (remark, error) {
	subtype, err := f.api.FPDFAnnot_GetSubtype(&requests.FPDFAnnot_GetSubtype{Annotation: annotation})
	if err != nil {
		return remark{}, trapOnly(err)
	}
	var r remark
	switch subtype.Subtype {
	case enums.FPDF_ANNOT_SUBTYPE_WIDGET:
		r.kind = localrag.Paragraph
		r.text, err = f.fieldText(annotation)
	case enums.FPDF_ANNOT_SUBTYPE_TEXT, enums.FPDF_ANNOT_SUBTYPE_FREETEXT, enums.FPDF_ANNOT_SUBTYPE_HIGHLIGHT, enums.FPDF_ANNOT_SUBTYPE_UNDERLINE,
		enums.FPDF_ANNOT_SUBTYPE_STRIKEOUT, enums.FPDF_ANNOT_SUBTYPE_SQUIGGLY, enums.FPDF_ANNOT_SUBTYPE_STAMP, enums.FPDF_ANNOT_SUBTYPE_CARET:
		r.kind = localrag.Comment
		r.text, err = f.annotationText(annotation, "Contents")
	}
	if err != nil || r.text == "" {
		return remark{}, err
	}
	rect, err := f.api.FPDFAnnot_GetRect(&requests.FPDFAnnot_GetRect{Annotation: annotation})
	if err != nil {
		return r, trapOnly(err)
	}
	r.shown = frame.shown(rect.Rect.Left, rect.Rect.Top, rect.Rect.Right, rect.Rect.Bottom)
	return r, nil
}

// fieldText is what was typed into a form field, after what the field is called.
func (f *pdfFile) fieldText(annotation references.FPDF_ANNOTATION) (string, error) {
	kind, err := f.annotationText(annotation, "FT")
	if err != nil || kind == "Btn" || kind == "Sig" {
		return "", err
	}
	value, err := f.annotationText(annotation, "V")
	if err != nil || !hasLetterOrDigit(value) || value == "Off" {
		return "", err
	}
	label, err := f.annotationText(annotation, "TU")
	if err != nil || label == "" {
		return value, err
	}
	return label + ": " + value, nil
}

func (f *pdfFile) annotationText(annotation references.FPDF_ANNOTATION, key string) (string, error) {
	value, err := f.api.FPDFAnnot_GetStringValue(&requests.FPDFAnnot_GetStringValue{Annotation: annotation, Key: key})
	if err != nil {
		return "", trapOnly(err)
	}
	return tidyLines(value.Value), nil
}
