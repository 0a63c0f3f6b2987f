package localrag

// Words before a full stop that does not end the sentence, and words that
// often start one. Lower case, without the full stop.
var (
	months = newWordSet(`januar jänner februar märz april mai juni juli august september oktober november dezember
jan feb mär mrz apr jun jul aug sep sept okt nov dez january february march may june july october december oct dec quartal
halbjahr jahrhundert jh jhd`)

	// neverEnd are followed by what they belong to.
	neverEnd = newWordSet(`
abb abg abk abl abs abschn absch akad allg anh anl anm anz art aufl ausg az bd bde beauftr begl beil bem ber bes best
betr bez bgm bl brosch buchst bundesgesetzbl bw bzgl chr ders dgl dh dipl dir div dr ebd ed eds ehem eidg einschl entspr
erg erl ersch erw evtl exkl fa fam feat fig fr frl ggf ggü gem geb gegr gesch gest gez gg gr habil hd hg hl hr hrn hrsg
hs inkl ing insb insbes jew kap kath kfm kl kto lfd lit lt mag max med min mind mio mrd mr mrs ms mwst nachf nördl nat
nr nrn o östl od ohg op pos prof ps reg rel rer resp rn rspr rz s schwäb sen sog spez st sta std stellv str süddt
südl tab tel techn telef tit tsd u übers ungar unterabs univ unv urspr v verf verl versch vgl vol vors vorm vs westl
wg wiss ziff zit zul zzgl ztr bspw bzw ca cf eg ie approx dept est eq ext gen gov hon p pp para ph pl pres
rep rev sec sen sgt viz capt col lt maj messrs mme prop ref refs vols chap ch mt ft rd ave blvd exh zb iv`)

	// numbered end a sentence unless a number follows.
	numbered = newWordSet(`no nos fig p pp vol ch sec art par nr s abs seite rz rn tz ziff kap`)

	// mayEnd can close a sentence or stand inside it.
	mayEnd = newWordSet(`usw etc ff f ua uä uam usf al co inc ltd corp bros jr sr am pm dgl u.a e.v z.t o.ä u.ä gmbh kg ag
jh jhd jhs n.chr v.chr chr min std sek stk mio mrd st str max nachm vorm`)

	// terminalInitials are groups of single letters that may close a sentence.
	terminalInitials = newWordSet(`ev ua uä oä ag us uk eu ao pm am dj vj lj uvm uam usa dc`)

	sentenceStarters = newWordSet(`
der die das den dem des ein eine einen einem einer er sie es wir ich ihr dies diese dieser dieses diesem diesen in im am
an auf bei beim mit nach von vom für aus zu zum zur wenn wer was wie wo wann warum weshalb da dann danach dabei daher
darum deshalb damit dazu dafür dagegen darüber dort hier so auch aber und oder doch denn nur nicht kein keine alle alles
viele einige beide beides jeder jede jedes man zudem außerdem ferner weiter weitere ebenso jedoch allerdings seit bis vor
über unter während nachdem bevor obwohl falls sofern soweit sobald bitte soll sollte ist sind war waren wird wurde wurden
hat hatte als ab durch gegen ohne um wegen trotz statt sein seine seinen ihre ihren unser unsere mein meine
solche solcher sonst somit schließlich zunächst zuerst später heute gestern morgen insgesamt insbesondere dennoch trotzdem
andererseits einerseits neben zwischen laut gemäß nun jetzt hierbei hierzu hiervon hierfür
the this that these those he she it they we you i a an there here when where what who how why if as at by for from on
however therefore moreover furthermore then also but and or so because since although while after before during`)

	englishStarters = newWordSet(`its his her their our your my not no all both many some most each every with to of another
other first second finally later today please see note once until such under over between`)
)
