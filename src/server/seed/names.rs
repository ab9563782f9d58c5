//! Fictional people: names from many places, all different, all allowed.

/// Given names and family names of one place, each in its own script and in lower-case Latin letters.
struct Place {
    /// Whether the family name is written first, without a space.
    family_first: bool,
    given: [(&'static str, &'static str); NAMES],
    family: [(&'static str, &'static str); NAMES],
}

/// Names of each kind per place.
const NAMES: usize = 12;

/// Names that are hard on layout or text handling; they come early, so that a few people suffice.
const SPECIAL: [(&str, &str); 8] = [
    ("ana", "Ana María Ruiz"),
    ("李小龍", "李小龍"),
    ("دانيال", "دانيال الحسيني"),
    (
        "wolfeschlegelsteinhausenberger",
        "Hubert Blaine Wolfeschlegelsteinhausenbergerdorff von Ehrenfels",
    ),
    ("борис", "Борис Годунов"),
    ("madonna", "Madonna"),
    ("siobhan", "Siobhán O’Sullivan-Ní Dhomhnaill"),
    ("נועה", "נועה לוי"),
];

/// `count` people as (user name, display name). The first ones are the same whatever the count.
///
/// Every user name is allowed by `auth::username`, and none looks like another.
pub fn people(count: usize) -> impl Iterator<Item = (String, String)> {
    SPECIAL
        .iter()
        .map(|&(username, name)| (username.to_owned(), name.to_owned()))
        .chain((0..).map(ordinary))
        .take(count)
}

/// The person of a number: cycles through the places, and in each through every pair of names before a second lap,
/// which numbers them.
fn ordinary(number: usize) -> (String, String) {
    let place = &PLACES[number % PLACES.len()];
    let pair = number / PLACES.len();
    let (lap, pair) = (pair / (NAMES * NAMES), pair % (NAMES * NAMES));
    let (given, given_latin) = place.given[pair % NAMES];
    // Shifted by one in each round, so that neighbours in the list share neither name.
    let (family, family_latin) = place.family[(pair + pair / NAMES) % NAMES];
    let name = if place.family_first {
        format!("{family}{given}")
    } else {
        format!("{given} {family}")
    };
    let username = format!("{given_latin}.{family_latin}");
    match lap {
        0 => (username, name),
        lap => (format!("{username}{}", lap + 1), name),
    }
}

#[rustfmt::skip]
const PLACES: [Place; 12] = [
    Place { family_first: false,
        given: [("Emma", "emma"), ("Noah", "noah"), ("Olivia", "olivia"), ("Liam", "liam"), ("Grace", "grace"), ("Henry", "henry"), ("Chloe", "chloe"), ("Oscar", "oscar"), ("Ruby", "ruby"), ("Felix", "felix"), ("Violet", "violet"), ("Hugo", "hugo")],
        family: [("Carter", "carter"), ("Bennett", "bennett"), ("Hughes", "hughes"), ("Whitaker", "whitaker"), ("Okafor-Lane", "okafor-lane"), ("Ashworth", "ashworth"), ("Doyle", "doyle"), ("Pemberton", "pemberton"), ("Quinn", "quinn"), ("Lockwood", "lockwood"), ("Fairfax", "fairfax"), ("Thorne", "thorne")] },
    Place { family_first: false,
        given: [("Lucía", "lucia"), ("Mateo", "mateo"), ("Sofía", "sofia"), ("Joaquín", "joaquin"), ("Valentina", "valentina"), ("Andrés", "andres"), ("Inés", "ines"), ("Nicolás", "nicolas"), ("Ximena", "ximena"), ("Tomás", "tomas"), ("Begoña", "begona"), ("Íñigo", "inigo")],
        family: [("García", "garcia"), ("Fernández", "fernandez"), ("Muñoz", "munoz"), ("Ibáñez", "ibanez"), ("Castillo", "castillo"), ("Quiroga", "quiroga"), ("Peña", "pena"), ("Zambrano", "zambrano"), ("de la Cruz", "delacruz"), ("Echeverría", "echeverria"), ("Rojas", "rojas"), ("Villanueva", "villanueva")] },
    Place { family_first: false,
        given: [("Jürgen", "juergen"), ("Annika", "annika"), ("Björn", "bjoern"), ("Käthe", "kaethe"), ("Lukas", "lukas"), ("Friederike", "friederike"), ("Matthias", "matthias"), ("Sabine", "sabine"), ("Till", "till"), ("Ulrike", "ulrike"), ("Wolfgang", "wolfgang"), ("Zoë", "zoe")],
        family: [("Müller", "mueller"), ("Schäfer", "schaefer"), ("Groß", "gross"), ("Vogel", "vogel"), ("Krüger", "krueger"), ("Hoffmann", "hoffmann"), ("Baumgärtner", "baumgaertner"), ("Zimmermann", "zimmermann"), ("Lindström", "lindstroem"), ("Østergaard", "oestergaard"), ("Sørensen", "soerensen"), ("Weiß", "weiss")] },
    Place { family_first: false,
        given: [("Élodie", "elodie"), ("François", "francois"), ("Maëlys", "maelys"), ("Benoît", "benoit"), ("Aurélie", "aurelie"), ("Rémi", "remi"), ("Océane", "oceane"), ("Gaël", "gael"), ("Noémie", "noemie"), ("Thibault", "thibault"), ("Capucine", "capucine"), ("Léon", "leon")],
        family: [("Dubois", "dubois"), ("Lefèvre", "lefevre"), ("Moreau", "moreau"), ("D’Angelo", "dangelo"), ("Girard", "girard"), ("Beauchêne", "beauchene"), ("Rousseau", "rousseau"), ("Delacroix", "delacroix"), ("Tremblay", "tremblay"), ("Gagnon", "gagnon"), ("Saint-Exupéry", "saint-exupery"), ("Vasseur", "vasseur")] },
    Place { family_first: false,
        given: [("Zbigniew", "zbigniew"), ("Agnieszka", "agnieszka"), ("Łukasz", "lukasz"), ("Małgorzata", "malgorzata"), ("Jiří", "jiri"), ("Žofie", "zofie"), ("Dragoş", "dragos"), ("Ștefania", "stefania"), ("Győző", "gyozo"), ("Zsófia", "zsofia"), ("Vojtěch", "vojtech"), ("Kinga", "kinga")],
        family: [("Kowalczyk", "kowalczyk"), ("Wiśniewski", "wisniewski"), ("Dąbrowska", "dabrowska"), ("Dvořák", "dvorak"), ("Němcová", "nemcova"), ("Nagy", "nagy"), ("Szabó", "szabo"), ("Popescu", "popescu"), ("Țurcanu", "turcanu"), ("Horváth", "horvath"), ("Novák", "novak"), ("Brzęczyszczykiewicz", "brzeczyszczykiewicz")] },
    Place { family_first: false,
        given: [("Дмитро", "dmytro"), ("Олена", "olena"), ("Сергей", "sergey"), ("Наталья", "natalya"), ("Иван", "ivan"), ("Світлана", "svitlana"), ("Тарас", "taras"), ("Екатерина", "ekaterina"), ("Михаил", "mikhail"), ("Ярослава", "yaroslava"), ("Николай", "nikolay"), ("Людмила", "lyudmila")],
        family: [("Шевченко", "shevchenko"), ("Коваленко", "kovalenko"), ("Иваненко", "ivanenko"), ("Бондар", "bondar"), ("Ткаченко", "tkachenko"), ("Мельник", "melnyk"), ("Гончар", "honchar"), ("Левченко", "levchenko"), ("Савицкий", "savitsky"), ("Марченко", "marchenko"), ("Кравченко", "kravchenko"), ("Щербак", "shcherbak")] },
    Place { family_first: false,
        given: [("Priya", "priya"), ("Arjun", "arjun"), ("Ananya", "ananya"), ("Vikram", "vikram"), ("Meera", "meera"), ("Rohan", "rohan"), ("Kavya", "kavya"), ("Siddharth", "siddharth"), ("Lakshmi", "lakshmi"), ("Nikhil", "nikhil"), ("Ishani", "ishani"), ("Devendra", "devendra")],
        family: [("Sharma", "sharma"), ("Iyer", "iyer"), ("Chatterjee", "chatterjee"), ("Venkataraman", "venkataraman"), ("Patel", "patel"), ("Nair", "nair"), ("Kulkarni", "kulkarni"), ("Banerjee", "banerjee"), ("Reddy", "reddy"), ("Subramaniam", "subramaniam"), ("Gupta", "gupta"), ("Bhattacharya", "bhattacharya")] },
    Place { family_first: false,
        given: [("فاطمة", "fatima"), ("عمر", "omar"), ("ليلى", "layla"), ("يوسف", "yusuf"), ("نور", "noor"), ("خالد", "khalid"), ("سلمى", "salma"), ("طارق", "tariq"), ("هدى", "huda"), ("ماجد", "majid"), ("ريم", "reem"), ("زياد", "ziad")],
        family: [("حداد", "haddad"), ("منصور", "mansour"), ("النجار", "alnajjar"), ("خوري", "khoury"), ("صالح", "saleh"), ("الأنصاري", "alansari"), ("قاسم", "qasim"), ("درويش", "darwish"), ("سليمان", "sulayman"), ("بركات", "barakat"), ("الزهراني", "alzahrani"), ("شاهين", "shahin")] },
    Place { family_first: true,
        given: [("美咲", "misaki"), ("翔太", "shota"), ("さくら", "sakura"), ("健一", "kenichi"), ("陽菜", "hina"), ("大輔", "daisuke"), ("結衣", "yui"), ("蓮", "ren"), ("千尋", "chihiro"), ("直樹", "naoki"), ("あかり", "akari"), ("拓也", "takuya")],
        family: [("佐藤", "sato"), ("鈴木", "suzuki"), ("高橋", "takahashi"), ("田中", "tanaka"), ("渡辺", "watanabe"), ("伊藤", "ito"), ("山本", "yamamoto"), ("中村", "nakamura"), ("小林", "kobayashi"), ("加藤", "kato"), ("吉田", "yoshida"), ("長谷川", "hasegawa")] },
    Place { family_first: true,
        given: [("明", "ming"), ("秀英", "xiuying"), ("伟", "wei"), ("晓燕", "xiaoyan"), ("子轩", "zixuan"), ("雨桐", "yutong"), ("建国", "jianguo"), ("丽华", "lihua"), ("浩然", "haoran"), ("诗涵", "shihan"), ("志强", "zhiqiang"), ("静怡", "jingyi")],
        family: [("王", "wang"), ("张", "zhang"), ("刘", "liu"), ("陈", "chen"), ("杨", "yang"), ("黄", "huang"), ("赵", "zhao"), ("周", "zhou"), ("徐", "xu"), ("欧阳", "ouyang"), ("诸葛", "zhuge"), ("司马", "sima")] },
    Place { family_first: true,
        given: [("민준", "minjun"), ("서연", "seoyeon"), ("지훈", "jihoon"), ("하은", "haeun"), ("도윤", "doyun"), ("수빈", "subin"), ("예준", "yejun"), ("지우", "jiwoo"), ("현우", "hyunwoo"), ("은지", "eunji"), ("태양", "taeyang"), ("소희", "sohee")],
        family: [("김", "kim"), ("이", "lee"), ("박", "park"), ("최", "choi"), ("정", "jung"), ("강", "kang"), ("조", "cho"), ("윤", "yoon"), ("장", "jang"), ("임", "lim"), ("한", "han"), ("남궁", "namgung")] },
    Place { family_first: false,
        given: [("Chinedu", "chinedu"), ("Adaeze", "adaeze"), ("Kwame", "kwame"), ("Nomvula", "nomvula"), ("Thabo", "thabo"), ("Wanjirũ", "wanjiru"), ("Olúwaṣeun", "oluwaseun"), ("Amina", "amina"), ("Sipho", "sipho"), ("Zodwa", "zodwa"), ("Kofi", "kofi"), ("Makena", "makena")],
        family: [("Okonkwo", "okonkwo"), ("Adébáyọ̀", "adebayo"), ("Mensah", "mensah"), ("Dlamini", "dlamini"), ("Mwangi", "mwangi"), ("Nkosi", "nkosi"), ("Abubakar", "abubakar"), ("Ochieng", "ochieng"), ("Mthembu", "mthembu"), ("Asante", "asante"), ("Tshabalala", "tshabalala"), ("Kamau", "kamau")] },
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::model::validate;
    use crate::server::auth::username;

    #[test]
    fn five_thousand_people_have_allowed_names_that_nobody_can_confuse() {
        let mut keys = HashSet::new();
        let mut skeletons = HashSet::new();
        for (name, display_name) in people(5_000) {
            let allowed = username(&name).unwrap_or_else(|why| panic!("{name}: {why}"));
            assert_eq!(allowed.key, name);
            assert!(keys.insert(allowed.key), "{name} comes twice");
            assert!(
                skeletons.insert(allowed.skeleton),
                "{name} looks like another"
            );
            assert_eq!(
                validate::display_name(&display_name, &name),
                Ok(display_name)
            );
        }
        assert_eq!(keys.len(), 5_000);
    }

    #[test]
    fn the_first_people_are_the_same_for_every_count() {
        let few: Vec<_> = people(40).collect();
        assert_eq!(people(5_000).take(40).collect::<Vec<_>>(), few);
    }

    #[test]
    fn forty_people_come_from_everywhere() {
        let people: Vec<_> = people(40).collect();
        let some = |range: std::ops::RangeInclusive<char>| {
            people
                .iter()
                .any(|(_, name)| name.chars().any(|c| range.contains(&c)))
        };
        assert!(
            some('\u{600}'..='\u{6FF}') && some('\u{590}'..='\u{5FF}'),
            "right to left"
        );
        assert!(
            some('\u{4E00}'..='\u{9FFF}') && some('\u{400}'..='\u{4FF}'),
            "not Latin"
        );
        assert!(
            people.iter().any(|(_, name)| name.chars().count() > 60),
            "a long one"
        );
        assert!(
            people.iter().any(|(name, _)| !name.is_ascii()),
            "user names too"
        );
    }
}
