package parse

import (
	"strings"
	"testing"
)

func TestMail(t *testing.T) {
	doc := parseAs(t, "a.eml", strings.ReplaceAll(`From: =?UTF-8?Q?J=C3=BCrgen?= <j@example.org>
To: a@example.org
Subject: =?ISO-8859-1?Q?K=FCndigung?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=X

--X
Content-Type: multipart/alternative; boundary=Y

--Y
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Die Frist l=E4uft.

Gru=DF
--Y
Content-Type: text/html

<p>Die Frist l&auml;uft.</p><h1>Nur hier</h1>
--Y--
--X
Content-Type: application/pdf; name="../../x/=?UTF-8?Q?=C3=9Cbersicht?=.pdf"
Content-Disposition: attachment
Content-Transfer-Encoding: base64

AAAA
--X
Content-Type: message/rfc822

From: b@example.org
Subject: Innen

Text innen
--X--
`, "\n", "\r\n"))
	wantText(t, kinds(doc), `heading1 [Kündigung] Kündigung
mail_header [Kündigung] From: Jürgen <j@example.org>⏎To: a@example.org
paragraph [Kündigung] Die Frist läuft.
paragraph [Kündigung] Gruß
paragraph [Kündigung] Nur hier
attachment [Kündigung] Übersicht.pdf
heading3 [Kündigung › Innen] Innen
mail_header [Kündigung › Innen] From: b@example.org
paragraph [Kündigung › Innen] Text innen
`)
	wantText(t, doc.Title, "Kündigung")
}

func TestRTF(t *testing.T) {
	doc := parseAs(t, "a.rtf", `{\rtf1\ansi\ansicpg1252\uc1{\fonttbl{\f0 Arial;}}{\stylesheet{\s0 Normal;}{\s3\b heading 2;}}
{\*\generator Tool;}{\info{\title no}}{\header Kopf\par}
\pard\s3 \'dcberschrift\par
\pard Ein {\b fetter} Satz mit \u8364 ? und \u8222?Zitat\ldblquote  {\v hidden} \{x\} \endash{\footnote Die Note.} Ende\par
\trowd\pard\intbl a\cell b\par c\cell\row
\pard {\field{\*\fldinst HYPERLINK "http://example.org"}{\fldrslt Link}}\bin4 \par}}\line Schluss\u-10179?\u-8704?}`)
	wantText(t, kinds(doc), `heading2 [Überschrift] Überschrift
paragraph [Überschrift] Ein fetter Satz mit € und „Zitat“ {x} – Ende
footnote [Überschrift] Die Note.
table [Überschrift] a | b⏎c
paragraph [Überschrift] Link⏎Schluss😀
`)
}

func TestEPUB(t *testing.T) {
	doc := parseZip(t, "a.epub", map[string]string{
		"META-INF/container.xml": `<container><rootfiles><rootfile full-path="O/c.opf"/></rootfiles></container>`,
		"O/c.opf": `<package xmlns:dc="dc"><metadata><dc:title>Das Buch</dc:title></metadata><manifest><item id="b" href="b.xhtml"/><item id="a" href="a.xhtml"/>` +
			`</manifest><spine><itemref idref="a"/><itemref idref="b"/><itemref idref="gone"/></spine></package>`,
		"O/a.xhtml": `<html><head><title>A</title></head><body><h1>Eins</h1><p>Erster Text.</p></body></html>`,
		"O/b.xhtml": `<html><head><title>B</title></head><body><p>Zweiter Text.</p></body></html>`,
	})
	wantText(t, kinds(doc), "heading1 [Eins] Eins\nparagraph [Eins] Erster Text.\nparagraph [Eins] Zweiter Text.\n")
	wantText(t, doc.Title, "Das Buch")
}
