package localrag

import "strings"

// Function words of both languages: they carry no topic, and left in the index
// they make a keyword search twenty times slower and clearly worse. Question
// words belong to them: they stand in questions, not in the passages wanted.
const (
	germanStopList = `
ab aber alle allem allen aller alles als also am an ander andere anderem anderen anderer anderes anderm andern anders
ans auch auf aufs aus außer außerdem bei beide beiden beider beides beim bereits bevor bis bisher bin bist da dabei
dadurch dafür dagegen daher dahin damals damit danach daneben dann daran darauf daraus darf darfst darin darüber darum
darunter das dass daß dasselbe davon davor dazu dein deine deinem deinen deiner deines dem demselben den denen denn
dennoch denselben der deren derer derselbe derselben des deshalb desselben dessen desto deswegen dich die dies diese
dieselbe dieselben diesem diesen dieser dieses dir doch dort du durch dürfen dürft ebenfalls ebenso eben ein eine einem
einen einer eines einige einigem einigen einiger einiges einmal er es etwa etwas euch euer eure eurem euren eurer eures
falls für fürs gab gar gegen gewesen gibt ging hab habe haben habt hast hat hatte hatten hattest hattet hätte hätten
her hier hierfür hierzu hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer ihres im immer in indem infolge ins
innerhalb ist ja je jede jedem jeden jeder jedes jedoch jemand jene jenem jenen jener jenes jetzt kann kannst können
könnt könnte könnten kein keine keinem keinen keiner keines lassen lässt ließ man manche manchem manchen mancher
manches mehr mein meine meinem meinen meiner meines mich mir mit möchte möchten mögen muss mußt muß müssen musst musste
mussten müsst müßte müsste müssten nach nachdem nachher neben nicht nichts noch nun nur ob obwohl oder oft ohne sehr
sei seid sein seine seinem seinen seiner seines seit seitdem selber selbst sich sie sind so sobald sodass sofern sogar
solch solche solchem solchen solcher solches soll sollen sollst sollt sollte sollten sondern sonst soweit sowie sowohl
über übers um ums und uns unser unsere unserem unseren unserer unseres unter usw viel viele vielen vieler vom von vor
vorher während wann war waren warst warum was wegen weil weiter weitere welche welchem welchen welcher welches wem wen
wenn wer werde werden werdet weshalb wessen wie wieder wieso wieviel wieviele will willst wir wird wirst wo wobei
wodurch wofür wogegen woher wohin wollen wollt wollte wollten womit wonach woran worauf woraus worin worüber worum wovon
wovor wozu wurde wurden würde würden zu zum zur zwar zwischen bzw ca inkl ggf evtl
bitte gern gerne mal nämlich sodaß statt trotz tun tut tat`

	englishStopList = `
a about above after again against all also am an and any are as at be because been before being below between both but
by can cannot could did do does doing don doesn didn isn aren wasn weren won wouldn shouldn couldn hasn haven hadn down
during each either else ever every few for from further had has have having he her here hers herself him himself his how
however i if in into is it its itself just may me might mine more most much must my myself neither no nor not now of off
often on once only onto or other others ought our ours ourselves out over own per please same shall she should since so
some such than that the their theirs them themselves then there therefore these they this those through thus to too
toward towards under until up upon us very via was we were what when where whereas whether which while who whom whose
why will with within without would yes yet you your yours yourself yourselves
many called name tell`
)

type wordSet map[string]struct{}

func (s wordSet) has(word string) bool {
	_, ok := s[word]
	return ok
}

func newWordSet(lists ...string) wordSet {
	s := wordSet{}
	for _, list := range lists {
		for word := range strings.FieldsSeq(list) {
			s[word] = struct{}{}
		}
	}
	return s
}
