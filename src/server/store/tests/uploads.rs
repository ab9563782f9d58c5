//! Uploads, the files of messages, and contents.

use super::*;
use crate::model::{Attachment, FileId, FileRef, Message};
use crate::server::clock;

const NO_QUOTA: Quota = Quota {
    per_person: 0,
    in_all: 0,
};
const DAYS: i64 = 2 * 24 * 60 * 60 * 1_000;

fn hash(number: u8) -> ContentHash {
    ContentHash([number; 32])
}

impl Opened {
    async fn upload_of(
        &self,
        user: &Person,
        thread: ThreadId,
        size: i64,
        quota: Quota,
    ) -> Result<FileId, Refusal> {
        let file = FileRef {
            id: FileId::random(),
            name: "a".into(),
            size,
            ..FileRef::default()
        };
        let id = file.id;
        let begun = self.store.begin_upload(NewUpload {
            user: user.id,
            thread,
            file,
            may: policy::may_upload,
            quota,
        });
        begun.await?;
        Ok(id)
    }

    /// A finished upload.
    async fn finished(&self, user: &Person, thread: ThreadId, content: ContentHash) -> FileId {
        let id = self.upload_of(user, thread, 3, NO_QUOTA).await.unwrap();
        self.complete(user, id, content).await.unwrap();
        self.store.finish_upload(user.id, id, 3).await.unwrap();
        id
    }

    async fn complete(
        &self,
        user: &Person,
        id: FileId,
        content: ContentHash,
    ) -> Result<(), Refusal> {
        let file = FileRef {
            id,
            name: "a".into(),
            size: 3,
            ..FileRef::default()
        };
        Ok(self.store.name_content(user.id, file, content).await?)
    }

    /// Queues a message with files.
    fn begin_with(
        &self,
        user: &Person,
        thread: ThreadId,
        id: ClientId,
        files: &[FileId],
    ) -> oneshot::Receiver<Result<Appended, Refusal>> {
        let (sender, receiver) = oneshot::channel();
        let files = files.iter().map(|id| {
            FileRef::to(Attachment {
                id: *id,
                alt: "words".into(),
            })
        });
        self.store.append(Append {
            thread,
            actor: user.id,
            client_id: Some(id),
            body: EventBody::Message(Message {
                files: files.collect(),
                ..Message::default()
            }),
            candidates: None,
            may: policy::may_post,
            done: Box::new(move |result| {
                let _ = sender.send(result);
            }),
        });
        receiver
    }
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_message_takes_its_uploads_once(database: Database) {
    let it = database.open().await;
    let (ana, bob, thread) = it.two().await;
    let (one, two) = (
        it.finished(&ana, thread, hash(1)).await,
        it.finished(&ana, thread, hash(2)).await,
    );
    let unfinished = it.upload_of(&ana, thread, 3, NO_QUOTA).await.unwrap();
    let id = ClientId::now();
    // All in one transaction, or a few.
    let answers = [
        it.begin_with(&ana, thread, ClientId::now(), &[unfinished]),
        it.begin_with(&bob, thread, ClientId::now(), &[one]),
        it.begin_with(&ana, thread, ClientId::now(), &[one, one]),
        it.begin_with(&ana, thread, ClientId::now(), &[one, FileId::random()]),
        it.begin_with(&ana, thread, id, &[two, one]),
        it.begin_with(&ana, thread, id, &[two, one]),
        it.begin_with(&ana, thread, ClientId::now(), &[one]),
    ];
    let mut results = Vec::new();
    for answer in answers {
        results.push(answer.await.unwrap().map(|at| at.seq));
    }
    assert_eq!(
        results,
        [
            Err(Refusal::UnfinishedUpload),
            Err(Refusal::UnknownUpload),
            Err(Refusal::UnknownUpload),
            Err(Refusal::UnknownUpload),
            Ok(1),
            Ok(1),
            Err(Refusal::UnknownUpload),
        ]
    );
    let log = it.log(thread).await;
    let EventBody::Message(message) = &log[0].body else {
        panic!("{log:?}")
    };
    let files: Vec<_> = message
        .files
        .iter()
        .map(|file| (file.id, &*file.alt))
        .collect();
    assert_eq!(files, [(two, "words"), (one, "words")]);
    assert_eq!(it.recorded.events(), log, "live as in the log");
    let stored = it.store.file(one).await.unwrap().expect("a file");
    assert_eq!((stored.thread, stored.hash), (thread, hash(1)));
    let left = it.store.uploads(ana.id).await.unwrap();
    assert_eq!(
        left.iter().map(|it| it.file.id).collect::<Vec<_>>(),
        [unfinished]
    );
    let page = it.store.files(thread, false, None).await.unwrap();
    assert_eq!(page.files.len(), 2);
    it.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn an_upload_expires_and_gives_back_its_quota(database: Database) {
    let it = database.open().await;
    let (ana, bob, thread) = it.two().await;
    let quota = Quota {
        per_person: 10,
        in_all: 15,
    };
    let first = it.upload_of(&ana, thread, 10, quota).await.unwrap();
    let refused = it.upload_of(&ana, thread, 1, quota).await;
    assert_eq!(refused, Err(Refusal::FilesQuota { max: 10 }));
    let refused = it.upload_of(&bob, thread, 6, quota).await;
    assert_eq!(refused, Err(Refusal::SiteFilesQuota));
    let now = clock::now();
    assert_eq!(it.store.expire_uploads(now).await.unwrap(), []);
    assert_eq!(it.store.expire_uploads(now + DAYS).await.unwrap(), [first]);
    assert!(it.store.upload(ana.id, first).await.unwrap().is_none());
    it.upload_of(&ana, thread, 10, quota).await.unwrap();
    it.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_content_is_doomed_only_without_a_reference_and_can_then_not_be_named(
    database: Database,
) {
    let it = database.open().await;
    let (ana, _, thread) = it.two().await;
    let sent = it.finished(&ana, thread, hash(1)).await;
    let again = it.finished(&ana, thread, hash(1)).await;
    let unsent = it.finished(&ana, thread, hash(2)).await;
    let seq = it.begin_with(&ana, thread, ClientId::now(), &[sent]).await;
    let seq = seq.unwrap().unwrap().seq;
    for id in [again, unsent] {
        it.store.discard_upload(ana.id, id).await.unwrap();
    }
    let later = clock::now() + DAYS;
    assert_eq!(it.store.doom_contents(0).await.unwrap(), []);
    assert_eq!(it.store.doom_contents(later).await.unwrap(), [hash(2)]);
    // After a crash in the middle, the next sweep goes on.
    assert_eq!(it.store.doom_contents(later).await.unwrap(), [hash(2)]);
    let next = it.upload_of(&ana, thread, 3, NO_QUOTA).await.unwrap();
    let named = it.complete(&ana, next, hash(2)).await;
    assert!(matches!(named, Err(Refusal::Busy { .. })), "{named:?}");
    it.store.forget_contents(vec![hash(2)]).await.unwrap();
    it.complete(&ana, next, hash(2)).await.unwrap();
    assert_eq!(it.store.doom_contents(later).await.unwrap(), []);
    let delete = Amend::Delete;
    let deleted = it
        .store
        .amend(ana.id, thread, seq, policy::may_delete, delete);
    deleted.await.unwrap();
    assert!(it.store.file(sent).await.unwrap().is_none());
    assert_eq!(it.store.doom_contents(later).await.unwrap(), [hash(1)]);
    it.store.close().await;
}
