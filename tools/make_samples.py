"""Write the sample data: ``people.csv`` and ``bookings.jsonl`` in ``src/adapters/samples``.

Run ``python tools/make_samples.py``. The random generator has a fixed seed, so every run writes
the same bytes. Nobody in the files exists: e-mail domains end in ``.example`` or are subdomains
of example.com, example.org and example.net. Phone numbers come from the ranges regulators keep
for films and books where a country has such a range, elsewhere from blocks of zeros chosen as
unlikely to be in use; but for the dirty records all are possible numbers, not all valid ones.

people.csv
----------
A header and 1,000 records (more lines than records: some notes contain a line break), UTF-8,
of 24 groups of given and family names in Latin, Arabic, Greek, Cyrillic, Han, Kana and Hangul.
A quarter has no phone. Two companies occur in two spellings ("Acme GmbH" / "ACME GmbH" and
"Blauwal Software" / "BLAUWAL Software"). Some notes begin with ``+``, ``-``, ``=`` or ``@``, as
a spreadsheet formula would. Tags differ in letter case ("vip" / "VIP").

These records (counted from 1, the header not counted) are dirty on purpose; see `DIRTY_RECORDS`:

====================  =====  ============================================  =====================
kind                  count  records                                       what is wrong
====================  =====  ============================================  =====================
missing_email             4  41, 287, 530, 811                             e-mail is blank
malformed_email           6  77, 198, 352, 476, 689, 902                   not an address
duplicate_email           8  123, 240, 365, 498, 607, 733, 858, 977        e-mail seen before
impossible_phone          6  58, 219, 401, 577, 748, 931                   no such number
blank_first_name          3  150, 444, 820                                 only a last name
blank_names               3  96, 512, 965                                  no name at all
long_tag                  1  333                                           over 50 characters
long_first_name           1  655                                           over 100 characters
extra_cell                1  790                                           a ninth cell
====================  =====  ============================================  =====================

The first four duplicates (123 to 498) repeat the earlier record but for the letter case of the
e-mail; the last four also have another company, job title, phone and tags. All other records
are clean, and their e-mails are unique even when letter case is ignored.

bookings.jsonl
--------------
5,000 CloudEvents of organizer "acme", roughly in order of time, 2025-12-01 to 2026-11-20T11:00Z:
the messages of 2,860 bookings by 700 invitees, 490 of them people of clean records of people.csv
(the e-mail sometimes in other letter case) and 210 new ones. With "now" at 2026-11-20T12:00Z
most past bookings are completed, some were never closed, about 12 % are cancelled, about 10 %
rescheduled, and about a third has not started yet. Some phones are missing or null, a few names
are blank, short, or have titles and suffixes. On purpose the file also has:

* 200 exact copies of a line, somewhere after the original;
* 250 bookings (5 % of the lines) with one line displaced, so that a completion, cancellation or
  change of time stands before the creation of its booking, though its ``time`` is later;
* one message of the unknown type ``booking.teleported``;
* one message whose invitee has an invalid e-mail, the only message of its booking;
* one message that repeats an earlier ``source`` and ``id`` with another start.
"""

# ruff: noqa: RUF001 - names are written in the letters their owners use

import csv
import io
import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

SAMPLES = Path(__file__).resolve().parent.parent / "src" / "adapters" / "samples"
SEED = 20261120

# --------------------------------------------------------------------------------------------
# Word lists
# --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Culture:
    """Names that go together; ``native|latin`` where the e-mail needs another spelling."""

    weight: int
    countries: str
    first_names: str
    last_names: str
    family_name_first: bool = False
    joined: bool = False


CULTURES = (
    Culture(  # English
        170,
        "GB GB US US AU IE",
        "Ada, Oliver, Amelia, Harry, Isla, George, Ava, Noah, Grace, Jack, Freya, Leo, "
        "Charlotte, Arthur, Emily, Oscar, Sophie, Henry, Ruby, Thomas, Alice, William, Evelyn, "
        "James, Hannah, Samuel, Megan, Daniel, Mary-Jane, Rory",
        "Lovelace, Smith, Jones, Taylor, Brown, Williams, Wilson, Johnson, Davies, Robinson, "
        "Wright, Thompson, Evans, Walker, White, Roberts, Green, Hall, Wood, Jackson, Clarke, "
        "Turner, Hill, O'Connor, MacDonald, Cooper, Bennett, Ashworth, Whitfield, Parker-Bowen",
    ),
    Culture(  # German
        130,
        "DE",
        "Anna, Lukas, Lena, Felix, Marie, Jonas, Sophia, Maximilian, Clara, Paul, Greta, Emil, "
        "Johanna, Jürgen|Juergen, Käthe|Kaethe, Matthias, Ingrid, Stefan, Heike, Jörg|Joerg, "
        "Ulrike, Wolfgang, Sabine, Karl-Heinz, Friederike, Tobias, Annegret, Sebastian, Mareike, "
        "Björn|Bjoern",
        "Müller|Mueller, Schmidt, Schneider, Fischer, Weber, Meyer, Wagner, Becker, Schulz, "
        "Hoffmann, Schäfer|Schaefer, Koch, Bauer, Richter, Klein, Wolf, Schröder|Schroeder, "
        "Neumann, Schwarz, Zimmermann, Braun, Krüger|Krueger, Hofmann, Hartmann, Lange, "
        "Groß|Gross, von Bergen|vonbergen, Köhler|Koehler, Vogel, Weiß|Weiss",
    ),
    Culture(  # French
        80,
        "FR",
        "Camille, Louis, Chloé, Gabriel, Manon, Hugo, Léa, Arthur, Élodie, Jules, Inès, Raphaël, "
        "Jeanne, Théo, Margaux, Antoine, Aurélie, Jean-Luc, Anne-Sophie, François, Solène, "
        "Étienne, Océane, Benoît, Noémie, Sébastien, Zoé, Mathieu, Clémence, Loïc",
        "Martin, Bernard, Dubois, Thomas, Robert, Petit, Durand, Leroy, Moreau, Lefèvre, Roux, "
        "Girard, Bonnet, Dupont, Lambert, Fontaine, Rousseau, Mercier, Chevalier, Gauthier, "
        "d'Artois, de La Tour, Garnier, Faure, Légaré, Beaumont, Perrin, Marchand, Colin, Aubert",
    ),
    Culture(  # Spanish
        75,
        "ES ES MX AR",
        "Lucía, Mateo, Sofía, Hugo, Martina, Daniel, Carmen, Álvaro, Valeria, Pablo, Ximena, "
        "Diego, María José, Javier, Inés, Andrés, Begoña, Íñigo, Rocío, Joaquín, Pilar, Sergio, "
        "Noelia, Emilio, Guadalupe, Rubén, Elena, Tomás, Paloma, Nicolás",
        "García López, Martínez, Rodríguez, Fernández, González, Sánchez Ruiz, Pérez, Gómez, "
        "Jiménez, Díaz Romero, Álvarez, Moreno, Muñoz, Alonso, Gutiérrez, Navarro, Torres, "
        "Domínguez, Vázquez, Ramos, Gil, Ramírez Ortiz, Serrano, Blanco, Suárez, Molina, Castro, "
        "Ibáñez, Núñez, de la Fuente",
    ),
    Culture(  # Portuguese
        65,
        "BR BR PT",
        "João, Maria, Miguel, Beatriz, Tiago, Inês, Gonçalo, Leonor, Rafael, Matilde, Duarte, "
        "Mariana, Henrique, Letícia, Caio, Larissa, Vinícius, Thaís, Otávio, Bruna, José, "
        "Camila, Luís, Fernanda, André, Juliana, Antônio, Luciana, Fábio, Conceição",
        "da Silva, Santos, Ferreira, Pereira, Oliveira, Costa, Rodrigues, Martins, de Souza, "
        "Fernandes, Gonçalves, Gomes, Lopes, Marques, Alves, Almeida, Ribeiro, Pinto, Carvalho, "
        "Teixeira, Moreira, Correia, Mendes, Nunes, Soares, Vieira, Monteiro, Cardoso, Araújo, "
        "dos Reis",
    ),
    Culture(  # Italian
        40,
        "IT",
        "Giulia, Leonardo, Aurora, Francesco, Alice, Lorenzo, Ginevra, Alessandro, Emma, Mattia, "
        "Chiara, Davide, Francesca, Niccolò, Martina, Riccardo, Elisa, Tommaso, Sara, Matteo, "
        "Paola, Gianluca, Valentina, Simone, Ilaria, Enrico, Federica, Giacomo, Silvia, Luca",
        "Rossi, Russo, Ferrari, Esposito, Bianchi, Romano, Colombo, Ricci, Marino, Greco, Bruno, "
        "Gallo, Conti, De Luca, Mancini, Costa, Giordano, Rizzo, Lombardi, Moretti, Barbieri, "
        "Fontana, Santoro, Mariani, Rinaldi, Caruso, Ferrara, Galli, Martini, D'Angelo",
    ),
    Culture(  # Dutch and Swedish
        30,
        "NL NL SE",
        "Daan, Sanne, Sem, Lotte, Bram, Fleur, Lars, Anouk, Thijs, Maud, Ruben, Femke, Jasper, "
        "Eva, Joost, Astrid, Sven, Linnéa, Åsa, Nils, Elin, Måns, Ebba, Göran, Saga, Wouter, "
        "Marijke, Hendrik, Noor, Koen",
        "de Jong, Jansen, de Vries, van den Berg, Bakker, van Dijk, Visser, Smit, Meijer, "
        "de Boer, Mulder, de Groot, Bos, Vos, Peters, Hendriks, van Leeuwen, Dekker, Brouwer, "
        "van 't Hof, Lindqvist, Andersson, Bergström, Nyström, Sjöberg, Öberg, Holm, Ekström, "
        "Lund, Åkesson",
    ),
    Culture(  # Polish
        45,
        "PL",
        "Zofia, Jan, Hanna, Antoni, Julia, Jakub, Maja, Szymon, Zuzanna, Franciszek, Małgorzata, "
        "Paweł, Agnieszka, Michał, Katarzyna, Łukasz, Joanna, Krzysztof, Magdalena, Wojciech, "
        "Bożena, Grzegorz, Aleksandra, Stanisław, Ewa, Zbigniew, Iwona, Rafał, Dorota, Mateusz",
        "Nowak, Wójcik, Woźniak, Mazur, Krawczyk, Kaczmarek, Zając, Król, Wieczorek, Wróbel, "
        "Pawlak, Walczak, Stępień, Michalak, Sikora, Baran, Duda, Szewczyk, Pietrzak, Marciniak, "
        "Bąk, Włodarczyk, Kubiak, Wilk, Lis, Kaźmierczak, Sobczak, Cieślak, Kołodziej, Szymczak",
    ),
    Culture(  # Turkish
        45,
        "TR",
        "Zeynep, Yusuf, Elif, Eymen, Defne, Ömer, Ayşe, Mustafa, Fatma, Emre, Özlem, Çağrı, Gül, "
        "Oğuz, Şebnem, Burak, İpek, Kerem, Büşra, Serkan, Derya, Tolga, Nazlı, Cem, Pınar, "
        "Volkan, Ebru, Barış, Sibel, Uğur",
        "Yılmaz, Kaya, Demir, Çelik, Şahin, Yıldız, Yıldırım, Öztürk, Aydın, Özdemir, Arslan, "
        "Doğan, Kılıç, Aslan, Çetin, Kara, Koç, Kurt, Özkan, Şimşek, Polat, Korkmaz, Çakır, "
        "Erdoğdu, Güneş, Tekin, Işık, Aktaş, Bulut, Ünal",
    ),
    Culture(  # Arabic in Latin script
        45,
        "AE EG SA",
        "Mohammed, Fatima, Ahmed, Aisha, Omar, Layla, Youssef, Mariam, Khalid, Noura, Hassan, "
        "Salma, Tariq, Yasmin, Karim, Huda, Samir, Rania, Ibrahim, Dina, Walid, Amal, Nabil, "
        "Zainab, Faisal, Lina, Rashid, Reem, Abdul Rahman, Hana",
        "Al-Farsi, Haddad, Mansour, Khoury, Al-Harbi, Nasser, Saleh, Aziz, Hamdan, Rahman, "
        "Al-Sayed, Fayed, Barakat, Darwish, Ghanem, Hijazi, Ismail, Jaber, Kassem, Mahfouz, "
        "Najjar, Othman, Qasim, Rizk, Shaheen, Taha, Younis, Zaki, El Masri, bin Saeed",
    ),
    Culture(  # Arabic in Arabic script
        15,
        "AE EG SA",
        "محمد|mohamed, فاطمة|fatma, أحمد|ahmad, عائشة|aicha, عمر|omar, ليلى|leila, يوسف|yousef, "
        "مريم|maryam, خالد|khaled, نورة|nora, حسن|hasan, سلمى|salma, طارق|tarek, ياسمين|yasmeen, "
        "كريم|kareem, هدى|hoda, سمير|sameer, رانيا|rania, إبراهيم|ebrahim, دينا|dina, وليد|waleed",
        "الحربي|alharbi, حداد|haddad, منصور|mansour, خوري|khoury, ناصر|nasser, صالح|saleh, "
        "عزيز|aziz, حمدان|hamdan, السيد|elsayed, بركات|barakat, درويش|darwish, غانم|ghanem, "
        "حجازي|hegazy, إسماعيل|ismail, جابر|gaber, قاسم|kassem, محفوظ|mahfouz, نجار|naggar, "
        "عثمان|osman, شاهين|shahin, المصري|elmasry",
    ),
    Culture(  # Chinese in Latin script
        30,
        "CN",
        "Wei, Fang, Jie, Xiuying, Min, Jing, Lei, Qiang, Li, Yan, Juan, Tao, Ming, Chao, Xia, "
        "Ping, Gang, Yun, Hui, Hao, Xiaoming, Yuxin, Zihan, Haoran, Meiling, Jianguo, Lan, Bo, "
        "Ying, Peng",
        "Wang, Li, Zhang, Liu, Chen, Yang, Zhao, Huang, Zhou, Wu, Xu, Sun, Hu, Zhu, Gao, Lin, "
        "He, Guo, Ma, Luo, Liang, Song, Zheng, Xie, Han, Tang, Feng, Yu, Dong, Ouyang",
    ),
    Culture(  # Chinese in Han script
        15,
        "CN",
        "伟|wei, 芳|fang, 秀英|xiuying, 敏|min, 静|jing, 丽|li, 强|qiang, 磊|lei, 军|jun, "
        "洋|yang, 勇|yong, 艳|yan, 杰|jie, 娟|juan, 涛|tao, 明|ming, 超|chao, 霞|xia, "
        "梓涵|zihan, 浩然|haoran",
        "王|wang, 李|li, 张|zhang, 刘|liu, 陈|chen, 杨|yang, 赵|zhao, 黄|huang, 周|zhou, 吴|wu, "
        "徐|xu, 孙|sun, 胡|hu, 朱|zhu, 高|gao, 林|lin, 何|he, 郭|guo, 马|ma, 欧阳|ouyang",
        family_name_first=True,
        joined=True,
    ),
    Culture(  # Japanese in Latin script
        25,
        "JP",
        "Haruto, Yui, Sota, Aoi, Yuto, Hina, Ren, Sakura, Hiroshi, Yoko, Takashi, Keiko, Kenji, "
        "Naoko, Daichi, Emi, Satoshi, Mika, Kaito, Rin, Shota, Ayumi, Makoto, Chihiro, Tsubasa, "
        "Nanami, Kazuki, Misaki, Ryo, Akiko",
        "Sato, Suzuki, Takahashi, Tanaka, Watanabe, Ito, Yamamoto, Nakamura, Kobayashi, Kato, "
        "Yoshida, Yamada, Sasaki, Yamaguchi, Matsumoto, Inoue, Kimura, Hayashi, Shimizu, Saito, "
        "Mori, Abe, Ikeda, Hashimoto, Ishikawa, Ogawa, Okada, Fujita, Goto, Hasegawa",
    ),
    Culture(  # Japanese in Han and Kana script
        12,
        "JP",
        "陽菜|hina, 蓮|ren, さくら|sakura, 大翔|hiroto, 結衣|yui, 健二|kenji, 直子|naoko, "
        "悠斗|yuto, 美咲|misaki, 翔太|shota, あかり|akari, 拓海|takumi, 恵子|keiko, 誠|makoto, "
        "ひなた|hinata, ケン|ken",
        "佐藤|sato, 鈴木|suzuki, 高橋|takahashi, 田中|tanaka, 渡辺|watanabe, 伊藤|ito, "
        "山本|yamamoto, 中村|nakamura, 小林|kobayashi, 加藤|kato, 吉田|yoshida, 山田|yamada, "
        "佐々木|sasaki, 山口|yamaguchi, 松本|matsumoto, 井上|inoue",
        family_name_first=True,
    ),
    Culture(  # Korean in Latin script
        20,
        "KR",
        "Min-jun, Seo-yeon, Ji-ho, Ha-eun, Do-yun, Ji-woo, Si-woo, Soo-ah, Joon-ho, Eun-ji, "
        "Hyun-woo, Yu-na, Sung-min, Mi-kyung, Jae-hyun, Bo-ra, Tae-yang, Na-rae, Kyung-soo, "
        "Hye-jin, Dong-hyun, Ji-min, Young-ho, Sun-hee, Jin-woo, Chae-won, Sang-hoon, Ye-rin, "
        "Woo-jin, So-hee",
        "Kim, Lee, Park, Choi, Jung, Kang, Cho, Yoon, Jang, Lim, Han, Oh, Seo, Shin, Kwon, "
        "Hwang, Ahn, Song, Ryu, Hong, Jeon, Ko, Moon, Yang, Son, Bae, Baek, Heo, Nam, Namgung",
    ),
    Culture(  # Korean in Hangul
        10,
        "KR",
        "민준|minjun, 서연|seoyeon, 지호|jiho, 하은|haeun, 도윤|doyun, 지우|jiwoo, 수아|sua, "
        "준호|junho, 은지|eunji, 현우|hyunwoo, 유나|yuna, 성민|sungmin, 미경|mikyung, "
        "재현|jaehyun",
        "김|kim, 이|lee, 박|park, 최|choi, 정|jung, 강|kang, 조|cho, 윤|yoon, 장|jang, 임|lim, "
        "한|han, 오|oh, 서|seo, 남궁|namgung",
        family_name_first=True,
        joined=True,
    ),
    Culture(  # Indian
        60,
        "IN",
        "Aarav, Ananya, Vivaan, Diya, Aditya, Saanvi, Arjun, Priya, Rohan, Kavya, Rahul, Neha, "
        "Vikram, Pooja, Sanjay, Meera, Karthik, Lakshmi, Suresh, Deepika, Manish, Shreya, "
        "Rajesh, Anjali, Harpreet, Nikhil, Sunita, Imran, Gayatri, Amit",
        "Sharma, Patel, Singh, Kumar, Gupta, Iyer, Reddy, Nair, Mehta, Joshi, Desai, Rao, Verma, "
        "Chopra, Kapoor, Banerjee, Mukherjee, Das, Pillai, Menon, Bhatt, Kulkarni, Malhotra, "
        "Agarwal, Chatterjee, Srinivasan, Khan, Gill, Naidu, Subramanian",
    ),
    Culture(  # Nigerian: Igbo
        18,
        "NG",
        "Chinedu, Ngozi, Emeka, Adaeze, Obinna, Chiamaka, Ikenna, Nneka, Uche, Ifeoma, Kelechi, "
        "Amarachi, Chukwuemeka, Ebere, Nnamdi, Chidinma",
        "Okafor, Nwosu, Eze, Okonkwo, Obi, Nwankwo, Chukwu, Okeke, Onyekachi, Igwe, Uzoma, "
        "Anyanwu, Ezenwa, Madu, Nnadi, Okoro",
    ),
    Culture(  # Nigerian: Yoruba
        18,
        "NG",
        "Adebayo, Funmilayo, Olumide, Yetunde, Babatunde, Folake, Segun, Titilayo, Kayode, "
        "Bukola, Femi, Omolara, Tunde, Ayọ̀délé|ayodele, Morẹ́nikẹ́|morenike, Wale",
        "Adeyemi, Balogun, Ogunleye, Afolabi, Adebisi, Akinola, Oyelaran, Bamidele, Olawale, "
        "Fashola, Ajayi, Oladipo, Ogunbanjo, Adesina, Akande, Ojo",
    ),
    Culture(  # Vietnamese
        35,
        "VN",
        "Minh Anh, Thị Mai, Văn Hùng, Quốc Bảo, Thanh Hương, Đức Anh, Ngọc Lan, Hoàng Long, "
        "Thu Trang, Tuấn Kiệt, Bích Ngọc, Gia Huy, Khánh Linh, Hữu Phước, Mỹ Duyên, Xuân Trường, "
        "Hải Yến, Đình Phong, Kim Chi, Trung Kiên, An, Dũng, Hoa, Nam, Thảo, Sơn, Vy, Tâm, "
        "Giang, Quyên",
        "Nguyễn, Trần, Lê, Phạm, Hoàng, Phan, Vũ, Võ, Đặng, Bùi, Đỗ, Hồ, Ngô, Dương, Lý, Đinh, "
        "Mai, Trịnh, Đoàn, Lâm, Phùng, Tạ, Cao, Châu, Hà, Quách, Thái, Tô, Vương, La",
        family_name_first=True,
    ),
    Culture(  # Greek in Latin script
        18,
        "GR",
        "Giorgos, Dimitris, Konstantinos, Nikos, Yannis, Panagiotis, Vasilis, Christos, "
        "Athanasios, Michalis, Spyros, Stavros, Petros, Alexandros, Antonis, Thodoris",
        "Papadopoulos, Georgiou, Oikonomou, Nikolaidis, Vlachos, Pappas, Dimitriou, Karagiannis, "
        "Makris, Angelopoulos, Konstantinidis, Ioannou, Christou, Petrakis, Samaras, Zervas",
    ),
    Culture(  # Greek in Greek script
        12,
        "GR",
        "Μαρία|maria, Ελένη|eleni, Κατερίνα|katerina, Βασιλική|vasiliki, Σοφία|sofia, "
        "Αγγελική|angeliki, Γεωργία|georgia, Δήμητρα|dimitra, Ιωάννα|ioanna, "
        "Αναστασία|anastasia, Χριστίνα|christina, Θεοδώρα|theodora",
        "Παπαδοπούλου|papadopoulou, Γεωργίου|georgiou, Οικονόμου|oikonomou, "
        "Νικολαΐδου|nikolaidou, Βλάχου|vlachou, Δημητρίου|dimitriou, Καραγιάννη|karagianni, "
        "Μακρή|makri, Αγγελοπούλου|angelopoulou, Ιωάννου|ioannou, Χρήστου|christou, Σαμαρά|samara",
    ),
    Culture(  # Ukrainian
        32,
        "UA",
        "Олександр|oleksandr, Марія|mariia, Андрій|andrii, Олена|olena, Дмитро|dmytro, "
        "Наталія|nataliia, Сергій|serhii, Ірина|iryna, Тарас|taras, Оксана|oksana, "
        "Володимир|volodymyr, Юлія|yuliia, Богдан|bohdan, Катерина|kateryna, Максим|maksym, "
        "Софія|sofiia, Іван|ivan, Анна|anna, Ярослав|yaroslav, Людмила|liudmyla, "
        "Михайло|mykhailo, Світлана|svitlana, Остап|ostap, Соломія|solomiia, Назар|nazar, "
        "Дарина|daryna, Роман|roman, Вікторія|viktoriia, Євген|yevhen, Зоряна|zoriana",
        "Шевченко|shevchenko, Бондаренко|bondarenko, Ткаченко|tkachenko, Кравченко|kravchenko, "
        "Олійник|oliinyk, Шевчук|shevchuk, Коваль|koval, Поліщук|polishchuk, Бондар|bondar, "
        "Марченко|marchenko, Лисенко|lysenko, Мороз|moroz, Савченко|savchenko, Руденко|rudenko, "
        "Петренко|petrenko, Клименко|klymenko, Кравчук|kravchuk, Павленко|pavlenko, "
        "Кузьменко|kuzmenko, Мельник|melnyk, Коваленко|kovalenko, Левченко|levchenko, "
        "Гончаренко|honcharenko, Пономаренко|ponomarenko, Василенко|vasylenko, "
        "Карпенко|karpenko, Мазур|mazur, Сидоренко|sydorenko, Романюк|romaniuk, Гнатюк|hnatiuk",
    ),
)

# "#" becomes a digit.
PHONE_RANGES: dict[str, tuple[str, ...]] = {
    "AE": ("+971 4 000 ####",),
    "AR": ("+54 11 0000 ####",),
    "AU": ("+61 2 5550 ####", "+61 3 7010 ####"),
    "BR": ("+55 11 90000 ####", "+55 21 90000 ####"),
    "CN": ("+86 10 0000 ####", "+86 21 0000 ####"),
    "DE": (
        "+49 30 23125 ###",
        "+49 69 90009 ###",
        "+49 89 99998 ###",
        "+49 40 66969 ###",
        "+49 171 39200##",
    ),
    "EG": ("+20 2 0000 ####",),
    "ES": ("+34 970 000 ###",),
    "FR": ("+33 1 99 00 ## ##", "+33 4 65 71 ## ##", "+33 6 39 98 ## ##"),
    "GB": ("+44 20 7946 0###", "+44 161 496 0###", "+44 7700 900###"),
    "GR": ("+30 210 000 ####",),
    "IE": ("+353 20 910 ####",),
    "IN": ("+91 22 0000 ####", "+91 80 0000 ####"),
    "IT": ("+39 06 0000 ####",),
    "JP": ("+81 3 0000 ####",),
    "KR": ("+82 2 0000 ####",),
    "MX": ("+52 55 0000 ####",),
    "NG": ("+234 201 000 ####",),
    "NL": ("+31 20 000 ####",),
    "PL": ("+48 22 000 ## ##",),
    "PT": ("+351 20 000 ####",),
    "SA": ("+966 11 000 ####",),
    "SE": ("+46 8 465 004 ##",),
    "TR": ("+90 212 000 ## ##",),
    "UA": ("+380 44 000 ## ##",),
    "US": ("+1 212 555 01##", "+1 415 555 01##", "+1 (312) 555-01##", "+1-617-555-01##"),
    "VN": ("+84 24 0000 ####",),
}

# The most frequent first, each with the first label of its ".example" domain.
COMPANIES = """
    Acme GmbH @acme
    Lovelace Labs @lovelace-labs
    Blauwal Software @blauwal
    Harbour & Finch @harbour-finch
    Nordlicht Energie @nordlicht
    Kestrel Freight @kestrel-freight
    Atelier Mirabelle @atelier-mirabelle
    Sol y Mar Viajes @solymar
    Pinheiro & Filhos @pinheiro
    Bursztyn Studio @bursztyn
    Turquoise Textiles @turquoise
    Banyan Tree Health @banyan-health
    Sakura Robotics @sakura-robotics
    Hanok Games @hanok-games
    Jade River Trading @jade-river
    Palm Harbour Realty @palm-harbour
    Baobab Payments @baobab-pay
    Lotus Learning @lotus-learning
    Olive Grove Foods @olive-grove
    Sunflower Analytics @sunflower
    Fischer, Braun & Partner @fischer-braun
    Café "Zur Linde" @zur-linde
    Maple & Main Dental @maple-main
    Quantum Quilt Co. @quantum-quilt
    Redwood Legal LLP @redwood-legal
    Stellar Yoga @stellar-yoga
    Tidewater Insurance @tidewater
    Umbra Photography @umbra-photo
    Velvet Hammer Records @velvet-hammer
    Windmill Consulting B.V. @windmill
    Yellow Submarine Tours @yellow-tours
    Zephyr Aerospace @zephyr-aero
    Alpenglow Hotels AG @alpenglow
    Birch & Co @birch-co
    Cobalt Security @cobalt-sec
    Driftwood Design @driftwood
    Ember Kitchens @ember-kitchens
    Fjord Systems AB @fjord
    Glasshouse Media @glasshouse
    Hummingbird Travel @hummingbird
    Inkwell Publishing @inkwell
    Juniper Clinic @juniper-clinic
    Kiln Ceramics @kiln
    Lighthouse School @lighthouse-school
    Meadow Organics @meadow
    Nimbus Cloudworks @nimbus
    Orchid Cosmetics @orchid
    Pebble Toys @pebble
    Quarry Stoneworks @quarry
    Riverbend Brewing @riverbend
    Saffron Catering @saffron
    Thistle Coaching @thistle
    Upland Cycles @upland
    Vinyl & Verse @vinyl-verse
    Willow Therapy @willow
    Xenon Lighting @xenon
    Yarrow Pharma @yarrow
    Zenith Accounting @zenith
    東京さくら株式会社 @tokyo-sakura
    Müller & Söhne KG @mueller-soehne
"""
OTHER_SPELLINGS = {"Acme GmbH": "ACME GmbH", "Blauwal Software": "BLAUWAL Software"}

MAIL_DOMAINS = (
    "mail.example.com",
    "post.example.org",
    "inbox.example.net",
    "home.example.com",
    "correo.example.org",
    "poczta.example.net",
    "freemail.example",
    "webpost.example",
)

JOB_TITLES = (
    "CEO, Founder, Co-founder, CTO, CFO, Head of Sales, Head of People, VP Marketing, "
    "Product Manager, Senior Product Manager, Software Engineer, Staff Engineer, Data Analyst, "
    "UX Designer, Office Manager, Executive Assistant, Account Executive, "
    "Customer Success Manager, Recruiter, Talent Partner, Consultant, Senior Consultant, "
    "Project Manager, Operations Lead, Procurement Manager, IT Administrator, Journalist, "
    "Lawyer, Teacher, Physiotherapist, Coach, Photographer, Researcher, Event Manager"
)
LOCAL_JOB_TITLES = {
    "BR": "Gerente de Contas",
    "DE": "Vertriebsleitung",
    "ES": "Responsable de Ventas",
    "FR": "Responsable RH",
    "IT": "Responsabile Acquisti",
    "JP": "営業部長",
    "PL": "Specjalista ds. sprzedaży",
    "PT": "Técnico de Turismo",
    "TR": "Satış Müdürü",
    "UA": "Менеджер проєктів",
}

NOTES = (
    "Met at the Berlin meetup.",
    "Prefers afternoons.",
    "Prefers e-mail over phone.",
    "Asked for a quote, follow up in two weeks.",
    'Wants to be called "Doctor" in letters.',
    'Said: "Call me after the summer break, please."',
    "Loves the product 🎉",
    "Birthday in May 🎂, send a card.",
    "Vegetarian 🥗; remember for the team lunch.",
    "Two kids, so no calls after 17:00.",
    "Introduced by a customer.",
    "Speaks German, English and a little Polish.",
    "First call went well.\nWants a demo for the whole team.",
    "Budget: 12,000 EUR per year.\nDecision in Q1.",
    "1. Send slides\n2. Book the follow-up\n3. Ask for feedback",
    "Invoice to accounting, not to the person.",
    "Needs a data processing agreement.",
    "Wheelchair access needed for visits.",
    "Left the beta programme; may come back.",
    "Uses a competitor; contract ends in December.",
    'Speaker at the spring conference, topic: "Time zones, or: why it\'s always 9:00 somewhere".',
    "Podcast guest? 🎙️",
    "Reschedules often; confirm the day before.",
    "No-show once, apologised.",
    "Timezone: travels between São Paulo and Lisbon.",
    "Referral from the partner programme; 10% discount.",
    "-10% agreed for 2026",
    "+1 guest at the summit",
    "=Q3 priority, see the sales plan",
    "@home on Fridays",
    "🚀🚀🚀",
    "See also: the thread about onboarding; 5 seats, maybe 8.",
)
LOCAL_NOTES = {
    "AE": "التواصل عبر البريد الإلكتروني من فضلك.",
    "BR": "Fala português e inglês.",
    "DE": "Lieber vormittags anrufen – nicht vor 9 Uhr.",
    "EG": "التواصل عبر البريد الإلكتروني من فضلك.",
    "ES": "Prefiere hablar en español.",
    "FR": "Préfère le tutoiement ; réunion à Lyon en mars.",
    "JP": "名刺交換済み。次回は東京で。",
    "PL": "Woli kontakt po polsku.",
    "TR": "Öğleden sonra aranmak istiyor.",
    "UA": "Погодили демо на жовтень.",
}

TAGS = ("lead", "customer", "newsletter", "partner", "vip", "press", "speaker", "investor")
TAG_WEIGHTS = (30, 28, 24, 12, 9, 6, 6, 4)

# --------------------------------------------------------------------------------------------
# People
# --------------------------------------------------------------------------------------------

HEADER = (
    "First Name",
    "Last Name",
    "Email",
    "Phone",
    "Company",
    "Job Title",
    "Notes",
    "Tags",
)
PEOPLE = 1_000

DIRTY_RECORDS: dict[str, tuple[int, ...]] = {
    "missing_email": (41, 287, 530, 811),
    "malformed_email": (77, 198, 352, 476, 689, 902),
    "duplicate_email": (123, 240, 365, 498, 607, 733, 858, 977),
    "impossible_phone": (58, 219, 401, 577, 748, 931),
    "blank_first_name": (150, 444, 820),
    "blank_names": (96, 512, 965),
    "long_tag": (333,),
    "long_first_name": (655,),
    "extra_cell": (790,),
}
DUPLICATE_OF = {123: 12, 240: 101, 365: 7, 498: 310, 607: 222, 733: 64, 858: 700, 977: 549}
SAME_PERSON = (123, 240, 365, 498)
MALFORMED = (
    "{user}.{domain}",
    "{user}@{domain}@{domain}",
    "{user} @ {domain}",
    "{user}@{domain}.",
    "{user}@",
    "{user}@.{domain}",
)
IMPOSSIBLE_PHONES = (
    "+33 12",
    "call reception",
    "+44 20",
    "+999 555 0100",
    "+1 212 555 0142 0142 0142",
    "n/a",
)
LONG_TAG = "met at the international scheduling conference in Lisbon 2025"
LONG_FIRST_NAME = (
    "Maximiliane Theodora Wilhelmina Friederike Alexandrine Bernadette Konstanze Leopoldine "
    "Seraphine Walburga Zenobia"
)
# The cells to put into the records of a kind; the other kinds have something else in each record.
DIRTY_CELLS: dict[str, dict[str, Any]] = {
    "missing_email": {"email": ""},
    "blank_first_name": {"first_name": ""},
    "blank_names": {"first_name": "", "last_name": ""},
    "long_tag": {"tags": f"lead,{LONG_TAG}"},
    "long_first_name": {"first_name": LONG_FIRST_NAME},
    "extra_cell": {"extra": ("imported 2024",)},
}

_ASCII = str.maketrans(
    {"ł": "l", "Ł": "L", "ı": "i", "đ": "d", "Đ": "D", "ß": "ss", "ø": "o", "Ø": "O", "æ": "ae"}
)


@dataclass(frozen=True)
class Person:
    """One record of people.csv, or an invitee who is not in it."""

    first_name: str
    last_name: str
    email: str
    phone: str
    company: str
    job_title: str
    notes: str
    tags: str
    country: str
    full_name: str
    extra: tuple[str, ...] = ()

    def cells(self) -> tuple[str, ...]:
        """Return the cells in the order of the header."""
        return (
            self.first_name,
            self.last_name,
            self.email,
            self.phone,
            self.company,
            self.job_title,
            self.notes,
            self.tags,
            *self.extra,
        )


@dataclass
class Taken:
    """E-mails and phone numbers that are in use already."""

    emails: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)


def _pick_name(rng: Random, names: str) -> tuple[str, str]:
    """Return a name of the list as written and in ASCII letters for an e-mail."""
    written, _, latin = rng.choice(names.split(", ")).partition("|")
    folded = unicodedata.normalize("NFKD", (latin or written).translate(_ASCII))
    return written, "".join(c for c in folded if c.isascii() and c.isalpha()).lower()


def _full_name(culture: Culture, first: str, last: str) -> str:
    names = (last, first) if culture.family_name_first else (first, last)
    return ("" if culture.joined else " ").join(names)


def _pick_company(rng: Random) -> tuple[str, str]:
    """Return a company name, sometimes in its other spelling, and its domain."""
    lines = COMPANIES.strip().splitlines()
    line = rng.choices(lines, [1 / (rank + 4) for rank in range(len(lines))])[0]
    name, _, domain = (part.strip() for part in line.partition("@"))
    if name in OTHER_SPELLINGS and rng.random() < 0.3:
        name = OTHER_SPELLINGS[name]
    return name, f"{domain}.example"


def _pick_phone(rng: Random, country: str, taken: Taken) -> str:
    while True:
        pattern = rng.choice(PHONE_RANGES[country])
        phone = "".join(str(rng.randrange(10)) if c == "#" else c for c in pattern)
        if phone not in taken.phones:
            taken.phones.add(phone)
            return phone


def _pick_email(rng: Random, first: str, last: str, domain: str, taken: Taken) -> str:
    """Return an e-mail nobody has, letter case ignored."""
    users = [f"{first}.{last}", f"{first[0]}.{last}", f"{first}{last}", f"{last}.{first}", first]
    user = rng.choices(users, (45, 20, 12, 8, 15))[0]
    candidate, number = f"{user}@{domain}", 1
    while candidate in taken.emails:
        number += 1
        candidate = f"{first}.{last}{number}@{domain}"
    taken.emails.add(candidate)
    if rng.random() < 0.04:
        user, _, host = candidate.partition("@")
        return f"{user.title()}@{host}"
    return candidate


def _pick_text(rng: Random, texts: Sequence[str], local: str | None) -> str:
    """Return one of the texts, sometimes the one in the language of the country."""
    return local if local and rng.random() < 0.15 else rng.choice(texts)


def _pick_tags(rng: Random) -> str:
    count = rng.choices((0, 1, 2, 3, 4), (28, 34, 24, 11, 3))[0]
    chosen: list[str] = []
    while len(chosen) < count:
        tag = rng.choices(TAGS, TAG_WEIGHTS)[0]
        if tag not in chosen:
            chosen.append(tag)
    return rng.choice((",", ", ")).join(_vary_case(rng, tag) for tag in chosen)


def _vary_case(rng: Random, tag: str) -> str:
    if tag == "vip":
        return rng.choice(("vip", "VIP", "VIP", "Vip"))
    return tag.capitalize() if rng.random() < 0.12 else tag


def make_person(rng: Random, taken: Taken) -> Person:
    """Invent a person nobody else shares an e-mail or a phone with."""
    culture = rng.choices(CULTURES, [c.weight for c in CULTURES])[0]
    first, ascii_first = _pick_name(rng, culture.first_names)
    last, ascii_last = _pick_name(rng, culture.last_names)
    country = rng.choice(culture.countries.split())
    company, domain = _pick_company(rng)
    if rng.random() < 0.12:
        company = ""
    if not company or rng.random() < 0.3:
        domain = rng.choice(MAIL_DOMAINS)
    return Person(
        first_name=first,
        last_name=last,
        email=_pick_email(rng, ascii_first, ascii_last, domain, taken),
        phone=_pick_phone(rng, country, taken) if rng.random() < 0.74 else "",
        company=company,
        job_title=_pick_text(rng, JOB_TITLES.split(", "), LOCAL_JOB_TITLES.get(country))
        if rng.random() < 0.85
        else "",
        notes=_pick_text(rng, NOTES, LOCAL_NOTES.get(country)) if rng.random() < 0.35 else "",
        tags=_pick_tags(rng),
        country=country,
        full_name=_full_name(culture, first, last),
    )


def _malform(template: str, email: str) -> str:
    user, _, domain = email.partition("@")
    return template.format(user=user, domain=domain)


def _repeat(record: int, person: Person, earlier: Person) -> Person:
    """Return a record with the e-mail of an earlier one, and its other cells or those it had."""
    if record in SAME_PERSON:
        return replace(earlier, email=earlier.email.upper())
    user, _, domain = earlier.email.partition("@")
    return replace(
        person,
        first_name=earlier.first_name,
        last_name=earlier.last_name,
        full_name=earlier.full_name,
        email=f"{user.title()}@{domain}" if record % 2 else earlier.email,
    )


def _soil(people: list[Person]) -> None:
    """Make the records of `DIRTY_RECORDS` dirty, in place."""
    changes = [(r, cells) for kind, cells in DIRTY_CELLS.items() for r in DIRTY_RECORDS[kind]]
    for record, template in zip(DIRTY_RECORDS["malformed_email"], MALFORMED, strict=True):
        changes.append((record, {"email": _malform(template, people[record - 1].email)}))
    for record, phone in zip(DIRTY_RECORDS["impossible_phone"], IMPOSSIBLE_PHONES, strict=True):
        changes.append((record, {"phone": phone}))
    for record, cells in changes:
        people[record - 1] = replace(people[record - 1], **cells)
    for record, earlier in DUPLICATE_OF.items():
        people[record - 1] = _repeat(record, people[record - 1], people[earlier - 1])


def make_people(rng: Random, taken: Taken) -> list[Person]:
    """Invent the people of people.csv, the dirty records included."""
    people = [make_person(rng, taken) for _ in range(PEOPLE)]
    _soil(people)
    return people


def render_people(people: Iterable[Person]) -> str:
    """Return the text of people.csv."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(person.cells() for person in people)
    return text.getvalue()


# --------------------------------------------------------------------------------------------
# Bookings
# --------------------------------------------------------------------------------------------

ORGANIZER = "acme"
SOURCE = "/scheduling/bookings"
OPENED = datetime(2025, 12, 1, 6, tzinfo=UTC)
RUSH = datetime(2026, 10, 7, 6, tzinfo=UTC)  # from here on more is booked from day to day
CLOSED = datetime(2026, 11, 20, 11, tzinfo=UTC)

LINES = 5_000
COPIES = 200
SPECIALS = 2  # the unknown type and the repeated id; the invalid e-mail is an ordinary line
BOOKINGS = 2_860
DISPLACED = 250
KNOWN_INVITEES = 490
NEW_INVITEES = 210
BLANK_NAMES = 12

ZONES = (
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Africa/Lagos",
    "Europe/Warsaw",
    "Europe/Istanbul",
)
ZONE_OF_COUNTRY = {
    "AR": "America/Sao_Paulo",
    "BR": "America/Sao_Paulo",
    "CN": "Asia/Tokyo",
    "GB": "Europe/London",
    "GR": "Europe/Istanbul",
    "IE": "Europe/London",
    "IN": "Asia/Kolkata",
    "JP": "Asia/Tokyo",
    "KR": "Asia/Tokyo",
    "MX": "America/New_York",
    "NG": "Africa/Lagos",
    "PL": "Europe/Warsaw",
    "PT": "Europe/London",
    "TR": "Europe/Istanbul",
    "UA": "Europe/Istanbul",
    "US": "America/New_York",
}
EVENT_TYPES = (
    ("Intro call", 30, 28),
    ("Product demo", 45, 20),
    ("Consultation", 60, 15),
    ("Follow-up", 30, 15),
    ("Interview", 45, 8),
    ("Onboarding", 90, 8),
    ("Strategy session", 120, 6),
)
LONG_NAMES = (
    ("Dr. María del Carmen Ruiz-Ortega Jr.", "carmen.ruiz-ortega@ruiz-ortega.example"),
    ("Prof. Dr. Karl-Heinz von der Weide", "kh.vonderweide@weide.example"),
    ("Ludwig van den Berg III", "ludwig@vandenberg.example"),
    ("Ana Beatriz de Souza e Silva", "anabeatriz@mail.example.com"),
    ("Sir Timothy O'Connor-Byrne", "tim@oconnor-byrne.example"),
    ("Mme Marie-Claire de La Rochette", "mc.larochette@post.example.org"),
    ("Ms. Jean Louise Finch, PhD", "jl.finch@inbox.example.net"),
    ("Nguyễn Thị Minh Khai", "minhkhai@freemail.example"),
)


@dataclass(frozen=True)
class Invitee:
    """Somebody who books; the phone is missing (empty), null or a number."""

    name: str
    email: str
    phone: dict[str, str | None]
    zone: str


@dataclass
class Message:
    """One line of the log; lines are written in the order of ``place``."""

    kind: str
    time: datetime
    start: datetime
    id: str = ""
    place: float = 0.0

    def __post_init__(self) -> None:
        self.place = self.time.timestamp()


@dataclass
class Booking:
    """A booking with its messages in order of time."""

    number: int
    invitee: Invitee
    event_type: str
    minutes: int
    messages: list[Message]


def _pick_phone_part(rng: Random, person: Person, taken: Taken) -> dict[str, str | None]:
    roll = rng.random()
    if roll < 0.22:
        return {}
    if roll < 0.30:
        return {"invitee_phone": None}
    if person.phone and rng.random() < 0.93:
        return {"invitee_phone": person.phone}
    return {"invitee_phone": _pick_phone(rng, person.country, taken)}


def _pick_written_name(rng: Random, person: Person) -> str:
    """Return the name as its owner types it into a booking form."""
    roll = rng.random()
    if roll < 0.02:
        return person.first_name
    if roll < 0.04:
        return f"Dr. {person.full_name}"
    if roll < 0.06 and person.full_name.isascii():
        return person.full_name.lower()
    return person.full_name


def _to_invitee(rng: Random, person: Person, taken: Taken) -> Invitee:
    zone = ZONE_OF_COUNTRY.get(person.country, "Europe/Berlin")
    if rng.random() < 0.15:
        zone = rng.choice(ZONES)
    return Invitee(
        name=_pick_written_name(rng, person),
        email=person.email,
        phone=_pick_phone_part(rng, person, taken),
        zone=zone,
    )


def make_invitees(rng: Random, people: Sequence[Person], taken: Taken) -> list[Invitee]:
    """Choose invitees among clean records and invent some more; shuffled."""
    dirty = {record for records in DIRTY_RECORDS.values() for record in records}
    clean = [person for record, person in enumerate(people, 1) if record not in dirty]
    known = rng.sample(clean, KNOWN_INVITEES)
    new = [make_person(rng, taken) for _ in range(NEW_INVITEES - len(LONG_NAMES))]
    invitees = [_to_invitee(rng, person, taken) for person in (*known, *new)]
    invitees += [Invitee(name, email, {}, rng.choice(ZONES)) for name, email in LONG_NAMES]
    rng.shuffle(invitees)
    return invitees


def _between(rng: Random, after: datetime, before: datetime) -> datetime | None:
    """Return a whole second strictly between two others, or None if they are too close."""
    room = int((before - after).total_seconds()) - 60
    return after + timedelta(seconds=rng.randint(60, room)) if room > 60 else None


def _pick_start(rng: Random, booked: datetime, zone: str, weeks: int = 6) -> datetime:
    """Return an office hour on a weekday, a day to some weeks after the booking."""
    local = booked.astimezone(ZoneInfo(zone))
    while True:
        day = local.date() + timedelta(days=rng.randint(1, 7 * weeks))
        start = datetime.combine(
            day, time(rng.randint(9, 16), rng.choice((0, 0, 15, 30, 30, 45))), ZoneInfo(zone)
        )
        delay = start.astimezone(UTC) - booked
        if day.weekday() < 5 and timedelta(days=1) <= delay <= timedelta(weeks=weeks):
            return start


def _follow(rng: Random, messages: list[Message], kind: str, zone: str) -> None:
    """Append a change of time or a cancellation, if there is still time for one."""
    last = messages[-1]
    moment = _between(rng, last.time, min(last.start.astimezone(UTC), CLOSED))
    if moment is not None:
        start = last.start
        while kind == "rescheduled" and start == last.start:
            start = _pick_start(rng, moment, zone, weeks=3)
        messages.append(Message(kind, moment, start))


def _make_messages(rng: Random, created: datetime, zone: str, minutes: int) -> list[Message]:
    """Return the life of one booking; whoever was not cancelled and is over is completed."""
    messages = [Message("created", created, _pick_start(rng, created, zone))]
    if rng.random() < 0.10:
        _follow(rng, messages, "rescheduled", zone)
        if rng.random() < 0.08:
            _follow(rng, messages, "rescheduled", zone)
    if rng.random() < 0.12:
        _follow(rng, messages, "cancelled", zone)
    if messages[-1].kind != "cancelled":
        start = messages[-1].start
        done = start.astimezone(UTC) + timedelta(minutes=minutes, seconds=rng.randint(30, 7_200))
        if done <= CLOSED:
            messages.append(Message("completed", done, start))
    return messages


def _pick_created(rng: Random) -> datetime:
    """Return a time of a steady year or, rather more often, of the rush at its end."""
    if rng.random() < 0.45:
        opened, span, share = OPENED, RUSH - OPENED, rng.random()
    else:
        opened, span, share = RUSH, CLOSED - RUSH, rng.triangular(0, 1, 1)
    return opened + timedelta(seconds=int(span.total_seconds() * share))


def _change_case(rng: Random, invitee: Invitee) -> Invitee:
    """Return the invitee, now and then with the e-mail in other letter case."""
    if rng.random() >= 0.06:
        return invitee
    user, _, domain = invitee.email.partition("@")
    other = rng.choice((invitee.email.upper(), f"{user.title()}@{domain}"))
    return replace(invitee, email=other)


def _pick_bookers(rng: Random, invitees: list[Invitee]) -> list[Invitee]:
    """Return one invitee per booking: each at least once, some far more often than others."""
    weights = [1 / (rank + 20) for rank in range(len(invitees))]
    bookers = [*invitees, *rng.choices(invitees, weights, k=BOOKINGS - len(invitees))]
    rng.shuffle(bookers)
    bookers = [_change_case(rng, invitee) for invitee in bookers]
    for index in rng.sample(range(BOOKINGS), BLANK_NAMES):
        bookers[index] = replace(bookers[index], name="")
    return bookers


def make_bookings(rng: Random, invitees: list[Invitee]) -> list[Booking]:
    """Invent the bookings, numbered by the time they were made."""
    moments = sorted(_pick_created(rng) for _ in range(BOOKINGS))
    weights = [weight for _, _, weight in EVENT_TYPES]
    bookings = []
    for number, (moment, invitee) in enumerate(
        zip(moments, _pick_bookers(rng, invitees), strict=True), 1
    ):
        event_type, minutes, _ = rng.choices(EVENT_TYPES, weights)[0]
        messages = _make_messages(rng, moment, invitee.zone, minutes)
        bookings.append(Booking(number, invitee, event_type, minutes, messages))
    return bookings


def _drop_completions(rng: Random, bookings: list[Booking]) -> None:
    """Leave as many past bookings open as it takes to come out at the number of lines."""
    surplus = sum(len(b.messages) for b in bookings) - (LINES - COPIES - SPECIALS)
    completed = [b for b in bookings if b.messages[-1].kind == "completed"]
    for booking in rng.sample(completed, surplus):
        booking.messages.pop()


def _number_messages(bookings: list[Booking]) -> None:
    ordered = sorted((m.time, b.number, m) for b in bookings for m in b.messages)
    for number, (_, _, message) in enumerate(ordered, 1):
        message.id = f"evt-{number}"


def _displace(rng: Random, bookings: list[Booking]) -> None:
    """Let a follower of some bookings stand before the creation."""
    followed = [b for b in bookings if len(b.messages) > 1]
    for turn, booking in enumerate(rng.sample(followed, DISPLACED)):
        created, follower = booking.messages[:2]
        gap = rng.uniform(60, 7_200)
        if turn % 2:
            follower.place = created.place - gap
        else:
            created.place = follower.place + gap


def _to_line(booking: Booking, message: Message) -> str:
    invitee = booking.invitee
    ends = (message.start.astimezone(UTC) + timedelta(minutes=booking.minutes)).astimezone(
        ZoneInfo(invitee.zone)
    )
    document = {
        "specversion": "1.0",
        "id": message.id,
        "source": SOURCE,
        "type": f"booking.{message.kind}",
        "time": message.time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "datacontenttype": "application/json",
        "subject": f"bk-{booking.number}",
        "data": {
            "organizer_id": ORGANIZER,
            "booking_id": f"bk-{booking.number}",
            "event_type": booking.event_type,
            "starts_at": message.start.isoformat(),
            "ends_at": ends.isoformat(),
            "timezone": invitee.zone,
            "invitee_name": invitee.name,
            "invitee_email": invitee.email,
            **invitee.phone,
        },
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _spoil_email(bookings: list[Booking]) -> None:
    """Give a booking of the past that has one message an invalid e-mail."""
    booking = next(b for b in bookings[300:] if len(b.messages) == 1)
    booking.invitee = replace(booking.invitee, email="not an address")


def _make_specials(bookings: list[Booking]) -> list[tuple[Booking, Message]]:
    """Return the message of unknown type and the one that repeats an id, both of past bookings."""
    past = [b for b in bookings[500:] if [m.kind for m in b.messages] == ["created", "completed"]]
    created, completed = past[0].messages
    teleported = replace(completed, kind="teleported", id="evt-teleported")
    teleported.place = completed.place + 600
    created = past[40].messages[0]
    repeated = replace(created, start=created.start + timedelta(days=1))
    repeated.place = created.place + 86_400
    return [(past[0], teleported), (past[40], repeated)]


def _copy_lines(rng: Random, placed: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """Return copies of some lines, each placed minutes to days after the original."""
    return [(place + rng.uniform(60, 432_000), line) for place, line in rng.sample(placed, COPIES)]


def make_lines(rng: Random, bookings: list[Booking]) -> list[str]:
    """Return the lines of the log in the order they stand in the file."""
    _drop_completions(rng, bookings)
    _spoil_email(bookings)
    _number_messages(bookings)
    _displace(rng, bookings)
    specials = _make_specials(bookings)
    ordinary = [(b, m) for b in bookings for m in b.messages]
    placed = [(m.place, _to_line(b, m)) for b, m in ordinary]
    copies = _copy_lines(rng, placed)
    placed += [(m.place, _to_line(b, m)) for b, m in specials]
    return [line for _, line in sorted(placed + copies)]


def main(folder: Path = SAMPLES) -> None:
    """Write both files."""
    rng, taken = Random(SEED), Taken()
    people = make_people(rng, taken)
    invitees = make_invitees(rng, people, taken)
    lines = make_lines(rng, make_bookings(rng, invitees))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "people.csv").write_bytes(render_people(people).encode())
    (folder / "bookings.jsonl").write_bytes(("\n".join(lines) + "\n").encode())


if __name__ == "__main__":
    main()
