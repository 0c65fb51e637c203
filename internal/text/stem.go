package text

import (
	"bytes"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/arabic"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/russian"
	"github.com/blevesearch/snowballstem/spanish"
)

// stemmer is a language whose words change their form: both a text and a query
// are also found by what stays the same.
type stemmer uint8

const (
	noStemmer stemmer = iota
	inEnglish
	inGerman
	inFrench
	inSpanish
	inPortuguese
	inMalay // and Indonesian, which build their words alike
	inRussian
	inArabic
	stemmers
)

// latinStemmers are those that a Latin word of unknown language is asked of.
var latinStemmers = []stemmer{inEnglish, inGerman, inFrench, inSpanish, inPortuguese, inMalay}

// script is how a word is written, as far as it says which stemmer fits.
type script uint8

const (
	otherScript script = iota
	latinScript
	cyrillicScript
	arabicScript
	anyScript // of a language that is not known; no word's
)

func scriptOf(word []byte) script {
	if word[0] < utf8.RuneSelf {
		if isDigit(word[0]) {
			return otherScript
		}
		return latinScript
	}
	r, _ := utf8.DecodeRune(word)
	switch {
	case r < 0x250, r >= 0x1e00 && r < 0x1f00:
		return latinScript
	case r >= 0x400 && r < 0x530:
		return cyrillicScript
	case r >= 0x620 && r < 0x700:
		return arabicScript
	}
	return otherScript
}

// tongue is what is known of the language of a text or query: its script and its
// stemmer, if it has one.
type tongue struct {
	script  script
	stemmer stemmer
}

// tongueOf is the tongue of the language that a tag begins with.
func tongueOf(language string) tongue {
	base, _, _ := strings.Cut(language, "-")
	switch strings.ToLower(base) {
	case "en":
		return tongue{latinScript, inEnglish}
	case "de":
		return tongue{latinScript, inGerman}
	case "fr":
		return tongue{latinScript, inFrench}
	case "es":
		return tongue{latinScript, inSpanish}
	case "pt":
		return tongue{latinScript, inPortuguese}
	case "id", "in", "ms":
		return tongue{latinScript, inMalay}
	case "ru":
		return tongue{cyrillicScript, inRussian}
	case "ar":
		return tongue{arabicScript, inArabic}
	case "ja", "ko", "zh", "th", "lo", "km", "my":
		return tongue{otherScript, noStemmer}
	case "":
		return tongue{anyScript, noStemmer}
	case "be", "bg", "kk", "ky", "mk", "mn", "sr", "tg", "uk":
		return tongue{cyrillicScript, noStemmer}
	case "fa", "ps", "ug", "ur":
		return tongue{arabicScript, noStemmer}
	}
	return tongue{latinScript, noStemmer}
}

// stemmerOf is the stemmer of a word in a text. A word in another script than
// the text's is taken for English, Russian or Arabic, which it mostly is.
func (t tongue) stemmerOf(s script) stemmer {
	if t.script == s {
		return t.stemmer
	}
	switch s {
	case latinScript:
		return inEnglish
	case cyrillicScript:
		return inRussian
	case arabicScript:
		return inArabic
	}
	return noStemmer
}

// stemmersAsked are the stemmers that a word of a query is asked of: the one that
// a text of its language is read with, all of the script if nobody says which.
func (t tongue) stemmersAsked(s script) []stemmer {
	if t.script == anyScript && s == latinScript {
		return latinStemmers
	}
	if stem := t.stemmerOf(s); stem != noStemmer {
		return []stemmer{stem}
	}
	return nil
}

// stems are the forms that stand for a word, without prefix: usually one, none
// for what has no forms, several where its root is not certain.
type stems [4]string

// stem returns the stems of a word in a text; none for what has no other forms.
func (s stemmer) stem(word string) stems {
	if utf8.RuneCountInString(word) < 3 || strings.ContainsAny(word, "0123456789") {
		return stems{}
	}
	env := snowballstem.NewEnv(word)
	switch s {
	case inEnglish:
		env.SetCurrent(englishBase(withoutMarks(word)))
		english.Stem(env)
	case inGerman:
		env.SetCurrent(germanBase(word))
		german.Stem(env)
	case inFrench:
		env.SetCurrent(frenchSingular(word))
		french.Stem(env)
	case inSpanish:
		env.SetCurrent(spanishSingular(word))
		spanish.Stem(env)
		return stems{spanishStem(env.Current())}
	case inPortuguese:
		return stems{portugueseStem(word)}
	case inMalay:
		return malayStems(withoutMarks(word))
	case inRussian:
		env.SetCurrent(strings.ReplaceAll(word, "ё", "е"))
		russian.Stem(env)
	case inArabic:
		return arabicStems([]byte(word), true)
	}
	return stems{withoutMarks(env.Current())}
}

// umlauts reads ae, oe and ue as the umlauts they are written for where none can
// be typed. After a vowel or q they are no umlauts: neue, Quelle.
func umlauts(word string) string {
	if !strings.Contains(word, "ae") && !strings.Contains(word, "oe") && !strings.Contains(word, "ue") {
		return word
	}
	b := make([]byte, 0, len(word))
	for i := 0; i < len(word); i++ {
		if i+1 < len(word) && word[i+1] == 'e' && (i == 0 || !strings.ContainsRune("aeiouq", rune(word[i-1]))) {
			if j := strings.IndexByte("aou", word[i]); j >= 0 {
				b = append(b, []string{"ä", "ö", "ü"}[j]...)
				i++
				continue
			}
		}
		b = append(b, word[i])
	}
	return string(b)
}

// arabicStems are what an Arabic word is found by: without article and endings
// (light), by the rules of Snowball, and for a text also without a particle of
// one letter before it, which may as well be the word's own.
func arabicStems(word []byte, document bool) stems {
	w := hamzas(word)
	if utf8.RuneCount(w) < 3 {
		return stems{}
	}
	light := string(lightArabic(w))
	found := stems{light}
	env := snowballstem.NewEnv(string(w))
	if rest, ok := bytes.CutSuffix(w, []byte("ه")); ok {
		// ة and ه were folded to one; the ending is far more often the first.
		env.SetCurrent(string(rest) + "ة")
	}
	arabic.Stem(env)
	// Snowball may take the first letter of a word for a particle. A query means
	// the letter.
	if s := env.Current(); s != light && (document || s != "" && light != "" && s[:2] == light[:2]) {
		found[1] = s
	}
	if first, size := utf8.DecodeRune(w); document && strings.ContainsRune("وبلفكس", first) && utf8.RuneCount(w) >= 5 {
		if rest := string(lightArabic(w[size:])); rest != light && rest != found[1] {
			found[2] = rest
		}
	}
	return found
}

// hamzas makes one of the seats of hamza, which writers choose differently.
func hamzas(word []byte) []byte {
	if !bytes.Contains(word, []byte("ؤ")) && !bytes.Contains(word, []byte("ئ")) {
		return word
	}
	return bytes.ReplaceAll(bytes.ReplaceAll(word, []byte("ؤ"), []byte("ء")), []byte("ئ"), []byte("ء"))
}

func byteWords(list string) [][]byte { return bytes.Fields([]byte(list)) }

var (
	// articles are the Arabic article and the particles written together with it.
	articles = byteWords("وبال فبال وكال ولل فلل وال فال بال كال ال لل")
	// endings of Arabic words: dual, plural, feminine, countries, relation, "her".
	endings = byteWords("ها ان ات ون ين يا يه ه ي")
)

func withoutArticle(w []byte) []byte {
	for _, p := range articles {
		if rest, ok := bytes.CutPrefix(w, p); ok && utf8.RuneCount(rest) >= 2 {
			return rest
		}
	}
	return w
}

func withoutEnding(w []byte) []byte {
	for _, e := range endings {
		if rest, ok := bytes.CutSuffix(w, e); ok && utf8.RuneCount(rest) >= 2 {
			w = rest
		}
	}
	if rest, ok := bytes.CutSuffix(w, []byte("ا")); ok && utf8.RuneCount(rest) >= 3 { // of the accusative: كتاباً
		w = rest
	}
	return w
}

// lightArabic is an Arabic word without article and endings, a broken plural as
// its singular.
func lightArabic(w []byte) []byte {
	w = withoutEnding(withoutArticle(w))
	if singular, ok := brokenPlurals()[string(w)]; ok {
		return []byte(singular)
	}
	return w
}

// brokenPlurals maps plurals that are formed within the word, as far as the news
// use them often, to their singular; both light.
var brokenPlurals = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	for _, pair := range strings.Split(brokenPluralList, ",") {
		words := strings.Fields(Fold(pair))
		singular := string(withoutEnding(withoutArticle(hamzas([]byte(words[0])))))
		for _, plural := range words[1:] {
			m[string(withoutEnding(withoutArticle(hamzas([]byte(plural)))))] = singular
		}
	}
	return m
})

// brokenPluralList holds singulars, each with its plurals.
const brokenPluralList = `سعر أسعار, سهم أسهم, بنك بنوك, سوق أسواق, مشروع مشاريع, مصنع مصانع, عقد عقود, قرض قروض, ربح أرباح,
خسارة خسائر, مال أموال, دولة دول, وزير وزراء, رئيس رؤساء, مدير مدراء, كتاب كتب, خبر أخبار, حزب أحزاب, حرب حروب, حق حقوق,
حل حلول, رقم أرقام, عدد أعداد, سبب أسباب, هدف أهداف, عام أعوام, شهر أشهر شهور, يوم أيام, أسبوع أسابيع, سنة سنوات سنين,
طفل أطفال, رجل رجال, امرأة نساء, شاب شباب, طالب طلاب, عامل عمال, تاجر تجار, عضو أعضاء, خبير خبراء, شريك شركاء, عميل عملاء,
زعيم زعماء, سفير سفراء, أمير أمراء, شهيد شهداء, ضحية ضحايا, قضية قضايا, هدية هدايا, مدينة مدن, قرية قرى, طريق طرق, جسر جسور,
بيت بيوت, مبنى مباني, مطار مطارات, ميناء موانئ, سفينة سفن, طائرة طائرات, سيارة سيارات, قطار قطارات, بحر بحار, نهر أنهار,
جبل جبال, أرض أراضي, حقل حقول, بئر آبار, منجم مناجم, مصرف مصارف, متجر متاجر, مكتب مكاتب, مركز مراكز, فرع فروع, قسم أقسام,
مجلس مجالس, محكمة محاكم, قانون قوانين, قرار قرارات, تقرير تقارير, خطة خطط, فكرة أفكار, رأي آراء, صحيفة صحف, مجلة مجلات,
صورة صور, فيلم أفلام, برنامج برامج, جهاز أجهزة, نظام أنظمة, دواء أدوية, مرض أمراض, مريض مرضى, طبيب أطباء, حادث حوادث,
حريق حرائق, زلزال زلازل, إعصار أعاصير, فوز انتصارات, لاعب لاعبين, فريق فرق, نادي أندية, كأس كؤوس, بطل أبطال, درس دروس,
مدرسة مدارس, عنصر عناصر, جندي جنود, سلاح أسلحة, صاروخ صواريخ, هجوم هجمات, ضابط ضباط, حد حدود, شعب شعوب, أصل أصول, فائدة فوائد,
ضريبة ضرائب, رسم رسوم, سند سندات, صندوق صناديق, منتج منتجات, بضاعة بضائع, سلعة سلع, مورد موارد, مصدر مصادر, مادة مواد, معدن معادن,
عاصمة عواصم, منطقة مناطق, منظمة منظمات, موقع مواقع, شبكة شبكات, عمل أعمال, قمة قمم, وفد وفود, ملف ملفات, مبلغ مبالغ, منزل منازل`
